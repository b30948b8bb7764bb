"""The forms that are served: Questionnaires with their Libraries and ValueSets, read from `questionnaires/`.

Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/specification.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from server.fhir.dates import interval
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class ObservedItems:
    """Items that take the latest Observations by their codes; with `date`, all of one day, which that item takes."""

    items: tuple[str, ...]
    date: str | None = None


KNOWN_SOURCES: Mapping[str, str] = {
    "member-number": "string",
    "patient-name": "string",
    "patient-birth-date": "date",
    "ordered-codes": "choice",
    "order-date": "date",
    "authorization-on-file": "string",
}
"""What `Prefill.known` may name, with the type of the item that takes it."""


@dataclass(frozen=True, slots=True)
class Prefill:
    """What the payer fills in from the resources that came with an order, by linkId."""

    known: Mapping[str, str] = field(default_factory=dict)
    """Items that take a thing of KNOWN_SOURCES."""
    diagnosis: str | None = None
    """The item that takes a reason of the order, or an active Condition, that its value set has."""
    observations: tuple[ObservedItems, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One form. Resources are plain JSON; canonical is `url|version`."""

    url: str
    version: str
    questionnaire: Json
    libraries: tuple[Json, ...] = ()
    value_sets: tuple[Json, ...] = ()
    link_ids: frozenset[str] = frozenset()
    items: Mapping[str, Json] = field(default_factory=dict)
    """The items of the Questionnaire at every depth, by linkId."""
    prefill: Prefill = Prefill()
    encoded: Mapping[str, bytes] = field(default_factory=dict)
    """The JSON bytes of the Questionnaire and the Libraries by `Type/id`: written once, sent many times."""

    @property
    def canonical(self) -> str:
        """url|version."""
        return f"{self.url}|{self.version}"

    @property
    def age(self) -> tuple[tuple[int, str], ...]:
        """The version as it sorts: 1.10.0 is newer than 1.9.0."""
        return tuple((int(part), "") if part.isdigit() else (-1, part) for part in self.version.split("."))

    def changed(self) -> datetime:
        """The latest instant at which a resource of the form may have changed, by their `date`s."""
        dates = (resource["date"] for resource in (self.questionnaire, *self.libraries, *self.value_sets))
        return max(interval(date).high for date in dates)


@dataclass(frozen=True, slots=True)
class Forms:
    """All forms, by canonical url (the newest active version wins) and by url|version."""

    by_canonical: Mapping[str, Form] = field(default_factory=dict)
    by_type: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, forms: Iterable[Form]) -> "Forms":
        """The catalogue of the forms; versions are compared as semantic versions."""
        by_canonical: dict[str, Form] = {}
        by_type: dict[str, dict[str, Json]] = {"Questionnaire": {}, "Library": {}, "ValueSet": {}}
        for form in sorted(forms, key=lambda form: form.age):
            by_canonical[form.canonical] = form
            if form.questionnaire["status"] == "active" or form.url not in by_canonical:
                by_canonical[form.url] = form
            for resource in (form.questionnaire, *form.libraries, *form.value_sets):
                by_type[resource["resourceType"]][resource["id"]] = resource
        return cls(by_canonical, {kind: tuple(found[id] for id in sorted(found)) for kind, found in by_type.items()})

    def get(self, canonical: str) -> Form | None:
        """The form of a canonical, with or without version."""
        return self.by_canonical.get(canonical)

    def resources(self, type: str) -> tuple[Json, ...]:
        """The Questionnaires, Libraries or ValueSets of all forms, each with its logical id, in the order of ids."""
        return self.by_type.get(type, ())
