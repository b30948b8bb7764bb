"""Expands the ValueSets of a package. An expansion is of the day it is made, so none is ever kept.

Spec page: https://hl7.org/fhir/R4/valueset.html#expansions
"""

from datetime import datetime

from server.clock import instant
from server.fhir.json import Json

TOO_LARGE = 40
"""From this many concepts on a ValueSet goes out without expansion: the guide lets the client expand it."""


def expanded(value_set: Json, now: datetime, identifier: str) -> Json:
    """The ValueSet with its expansion as of now, or as it is when it is large or does not list its codes.

    Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-15
    """
    contains = enumerated(value_set)
    if not contains or len(contains) >= TOO_LARGE:
        return value_set
    expansion = {
        "identifier": f"urn:uuid:{identifier}",
        "timestamp": instant(now),
        "total": len(contains),
        "parameter": [
            {"name": "activeOnly", "valueBoolean": True},
            {"name": "date", "valueDateTime": now.date().isoformat()},
        ],
        "contains": contains,
    }
    return {**value_set, "expansion": expansion}


def enumerated(value_set: Json) -> list[Json] | None:
    """The codings of a ValueSet that lists its codes; None when it is defined in any other way."""
    compose = value_set.get("compose", {})
    includes = compose.get("include", ())
    if compose.get("exclude") or not all(include.get("concept") and "valueSet" not in include for include in includes):
        return None
    return [
        {"system": include["system"]} | {name: concept[name] for name in ("code", "display") if name in concept}
        for include in includes
        for concept in include["concept"]
    ]
