"""The exact terms by which an entry is found, made the same way when it is kept and when it is asked for.

A store only compares whole terms, so everything that FHIR lets a client write for one value is spelled out here:
`identifier=http://x|1`, `identifier=1` and `identifier=http://x|` all find the identifier `1` of `http://x`.
Spec page: https://hl7.org/fhir/R4/search.html#token
"""

from collections.abc import Iterable
from datetime import datetime

from server.fhir.dates import DateRefused, interval
from server.fhir.identifier import identifiers
from server.fhir.json import Json
from server.fhir.reference import type_and_id


def search_term(parameter: str, system: str | None, value: str) -> str:
    """The term that one searched value means. `system` is None when the search names none; "" means without system."""
    return f"{parameter}={_escaped(value)}" if system is None else f"{parameter}={_escaped(system)}|{_escaped(value)}"


def token_terms(parameter: str, system: str | None, value: str) -> set[str]:
    """The terms of a code or identifier with its system."""
    any_system = search_term(parameter, None, value)
    if not system:
        return {any_system, search_term(parameter, "", value)}
    return {any_system, search_term(parameter, system, value), search_term(parameter, system, "")}


def code_terms(parameter: str, code: Json) -> set[str]:
    """The term of an element of type `code`, whose system is known beforehand: a search that names it leaves it out.

    Each term is a row in an index that every case writes, and those of a status are in all of them.
    """
    return {search_term(parameter, None, code)} if isinstance(code, str) and code else set()


def identifier_terms(parameter: str, elements: Json) -> set[str]:
    """The terms of a FHIR Identifier or a list of them; what has no value gives none."""
    listed = elements if isinstance(elements, list) else [elements]
    return set().union(*(token_terms(parameter, each.system, each.value) for each in identifiers(listed)))


def coding_terms(parameter: str, codings: Iterable[Json]) -> set[str]:
    """The terms of FHIR Codings; what has no code gives none."""
    return set().union(
        *(
            token_terms(parameter, _text(coding.get("system")), coding["code"])
            for coding in codings
            if isinstance(coding, dict) and _text(coding.get("code"))
        )
    )


def reference_terms(parameter: str, reference: Json) -> set[str]:
    """The terms of a FHIR Reference element (or its text): as written, as `Type/id` and as the id alone.

    The modifier with a type is read as `Type/id`; its `identifier` is found by the modifier `:identifier`.
    """
    if isinstance(reference, dict):
        logical = identifier_terms(f"{parameter}:identifier", reference.get("identifier"))
        return logical | reference_terms(parameter, reference.get("reference"))
    if not isinstance(reference, str) or not reference:
        return set()
    terms = {f"{parameter}={_escaped(reference)}"}
    if target := type_and_id(reference):
        terms |= {f"{parameter}={target[0]}/{target[1]}", f"{parameter}={target[1]}"}
    return terms


def uri_terms(parameter: str, uri: Json) -> set[str]:
    """The term of a uri, url or canonical, matched whole."""
    return {f"{parameter}={_escaped(uri)}"} if isinstance(uri, str) and uri else set()


def date_bounds(text: Json) -> tuple[str, str] | tuple[None, None]:
    """`date_low` and `date_high` of an Entry for a FHIR date or dateTime; nothing for what is none."""
    if not isinstance(text, str):
        return None, None
    try:
        found = interval(text)
    except DateRefused:
        return None, None
    return bound(found.low), bound(found.high)


def bound(moment: datetime) -> str:
    """A UTC instant of fixed width (24 characters, also before the year 1000), so that text order is time order."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _escaped(part: str) -> str:
    return part.replace("\\", "\\\\").replace("|", "\\|") if "|" in part or "\\" in part else part


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
