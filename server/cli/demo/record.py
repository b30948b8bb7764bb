"""The pretend EHR's records: FHIR resources of one patient as files, with dates told from today.

A file's `{today}` and `{today-6}` become dates when it is read, so that a demo of any day has a recent test in it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from server.fhir import json
from server.fhir.json import Json

EHR_BASE = "https://ehr.passage.example/fhir"
"""The base of the pretend EHR: what fullUrls start with. Nothing answers there."""

_DAY = re.compile(rb"\{today([+-]\d+)?\}")
_FOLDER = Path(__file__).parent / "records"


@dataclass(frozen=True, slots=True)
class Expected:
    """How the journey is told to end; a step that ends otherwise fails the demo."""

    covered: str
    authorization: str | None
    form: bool
    answer: str | None
    """The reviewAction code of the authorization request; None: there is no need to send one."""


@dataclass(frozen=True, slots=True)
class Record:
    """One patient's record, the order in it, and what the clinician adds at the screen."""

    title: str
    story: str
    expected: Expected
    service_type: str
    """Code of X12 1365: the kind of service that the order is."""
    resources: Mapping[str, Json]
    """By `Type/id`."""
    order_reference: str
    clinician: Mapping[str, Json]
    """Answers by linkId that no resource of the record holds."""

    @property
    def order(self) -> Json:
        """The order."""
        return self.resources[self.order_reference]

    def one(self, type: str) -> Json:
        """The first resource of the type."""
        return next(self.of(type))

    def of(self, type: str) -> Iterator[Json]:
        """The resources of the type."""
        return (found for found in self.resources.values() if found["resourceType"] == type)


def load_record(name: str, today: date) -> Record:
    """The record of a file in `records/`, together with the clinic's own resources."""
    told, clinic = _read(f"{name}.json", today), _read("clinic.json", today)
    resources = {f"{each['resourceType']}/{each['id']}": each for each in told["resources"] + clinic["resources"]}
    return Record(
        title=told["title"],
        story=told["story"],
        expected=Expected(**told["expected"]),
        service_type=told["service_type"],
        resources=resources,
        order_reference=told["order"],
        clinician=told["clinician"],
    )


def full_url(resource: Json) -> str:
    """The fullUrl of a resource of the pretend EHR."""
    return f"{EHR_BASE}/{resource['resourceType']}/{resource['id']}"


def entry(resource: Json) -> Json:
    """The resource as a Bundle entry."""
    return {"fullUrl": full_url(resource), "resource": resource}


def _read(file: str, today: date) -> Json:
    def day(found: "re.Match[bytes]") -> bytes:
        return (today + timedelta(days=int(found[1] or 0))).isoformat().encode()

    return json.read(_DAY.sub(day, (_FOLDER / file).read_bytes()))
