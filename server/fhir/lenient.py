"""Reads elements of JSON that nobody has validated: what has another shape than FHIR gives it is as good as absent.

A hook is to be answered with what can be understood, so that one odd element of a prefetched resource does not cost
the answer for the order. Where a wrong shape must be refused, this is the wrong file.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from server.fhir.json import Json


def obj(value: Json) -> dict[str, Json]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: Json) -> list[dict[str, Json]]:
    """The objects of an array; what is no object in it is left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: Json) -> str | None:
    """The string, or None when it is none or empty."""
    return value if isinstance(value, str) and value else None


def texts(value: Json) -> list[str]:
    """The strings of an array that are not empty."""
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []


def codings(concept: Json) -> list[dict[str, Json]]:
    """The codings of a CodeableConcept that have a system and a code."""
    found = objects(obj(concept).get("coding"))
    return [coding for coding in found if text(coding.get("system")) and text(coding.get("code"))]


def reference(value: Json) -> str | None:
    """The literal reference of a Reference."""
    return text(obj(value).get("reference"))
