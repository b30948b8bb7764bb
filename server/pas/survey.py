"""One walk through a resource that finds what can be wrong anywhere in it: its references, its dates and its periods.

The places of faults are spelled out by a second walk, which only a refused request pays for.
Spec page: https://hl7.org/fhir/R4/references.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.errors import Issue
from server.fhir.dates import DateRefused, interval
from server.fhir.json import Json

_DATE_NAMES = """
    abatementDateTime asserted assertedDate authored authoredOn birthDate created date dateAsserted deceasedDateTime
    effectiveDateTime effectiveInstant end expirationDate issued lastUpdated manufactureDate occurrenceDate
    occurrenceDateTime onsetDateTime performedDateTime recorded recordedDate sent servicedDate start timestamp
    timingDate valueDate valueDateTime valueInstant
"""
_DATES = frozenset(_DATE_NAMES.split())
"""Elements of R4 whose text is a date, dateTime or instant wherever they stand."""


@dataclass(slots=True)
class Survey:
    """What the walk found: every literal reference, and whether a date, a period or a reference is malformed."""

    references: list[str] = field(default_factory=list)
    faulty: bool = False


def survey(resource: Json) -> Survey:
    """The survey of one resource. A Bundle inside it is a world of its own and is not entered."""
    found = Survey()
    _walk(resource, found)
    return found


def _walk(value: Json, found: Survey) -> None:
    for key, child in value.items():
        kind = type(child)
        if kind is str:
            if key == "reference":
                found.references.append(child)
            elif key in _DATES and not found.faulty:
                found.faulty = _is_faulty(value, key)
        elif kind is dict or kind is list:
            _enter(child if kind is list else (child,), found)
        elif key == "reference":
            found.faulty = True


def _enter(values: Sequence[Json], found: Survey) -> None:
    for each in values:
        if type(each) is dict and each.get("resourceType") != "Bundle":
            _walk(each, found)


def _is_faulty(value: Json, key: str) -> bool:
    try:
        moment = interval(value[key])
        if key == "end" and isinstance(value.get("start"), str):
            return interval(value["start"]).low >= moment.high
    except DateRefused:
        return True
    return False


def faults(resource: Json, place: str) -> Iterator[Issue]:
    """An issue for every malformed date, period and reference, each with its place."""
    for at, value, key in _places(resource, place):
        if key == "reference" and not isinstance(value[key], str | dict):
            yield Issue("structure", f"{at}.reference must be a JSON string.", f"{at}.reference")
        elif key in _DATES and isinstance(value[key], str) and _is_faulty(value, key):
            rule = "must be a FHIR date on a day that the calendar has, and a period must not end before it starts"
            yield Issue("value", f"{at}.{key} {rule}.", f"{at}.{key}")


def places(resource: Json, place: str, references: frozenset[str]) -> Iterator[str]:
    """Where the literal references stand."""
    for at, value, key in _places(resource, place):
        if key == "reference" and isinstance(value[key], str) and value[key] in references:
            yield f"{at}.reference"


def _places(value: Json, place: str) -> Iterator[tuple[str, Json, str]]:
    for key, child in value.items():
        yield place, value, key
        if isinstance(child, dict):
            if child.get("resourceType") != "Bundle":
                yield from _places(child, f"{place}.{key}")
        elif isinstance(child, list):
            for index, each in enumerate(child):
                if isinstance(each, dict) and each.get("resourceType") != "Bundle":
                    yield from _places(each, f"{place}.{key}[{index}]")
