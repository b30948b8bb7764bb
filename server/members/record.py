"""How a member is kept: one document per person, found by every identifier that a request may name them with.

One document holds the Patient and all Coverages, so that the hook and the submission read a member once. The payers'
Organizations are documents of their own, because thousands of Coverages name the same one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.fhir.identifier import Identifier, identifier, identifiers
from server.fhir.json import Json
from server.storage.port import Document

MEMBER = "member"
"""Kind of the documents of members; the id is the Patient's."""

PAYER = "payer"
"""Kind of the documents of payer Organizations; the id is the Organization's."""


def value_key(value: str) -> str:
    """The index key of an identifier, by its value: one member number comes under several systems."""
    return f"identifier:{value}"


def coverage_key(coverage_id: str) -> str:
    """The unique key of a Coverage: two people never hold the same one."""
    return f"coverage:{coverage_id}"


def tag_key(system: str) -> str:
    """The index key of the members whose Patient has a `meta.tag` of the system."""
    return f"tag:{system}"


@dataclass(frozen=True, slots=True)
class Person:
    """A Patient with their Coverages by id."""

    patient: Json
    coverages: dict[str, Json]

    @property
    def id(self) -> str:
        """Our id of the member."""
        return str(self.patient["id"])

    def with_coverage(self, coverage: Json) -> "Person":
        """The person with this Coverage added, or in place of the one with its id."""
        return replace(self, coverages={**self.coverages, coverage["id"]: coverage})

    def without_coverage(self, coverage_id: str) -> "Person":
        """The person without the Coverage of the id."""
        return replace(self, coverages={key: kept for key, kept in self.coverages.items() if key != coverage_id})


def read_person(document: Document) -> Person:
    """The person of a stored document."""
    return Person(document.body["patient"], {kept["id"]: kept for kept in document.body["coverages"]})


def person_document(person: Person, version: int = 1) -> Document:
    """The document of a person, with a key for every identifier."""
    coverages = [person.coverages[key] for key in sorted(person.coverages)]
    return Document(
        kind=MEMBER,
        id=person.patient["id"],
        body={"patient": person.patient, "coverages": coverages},
        order=person.patient["id"],
        version=version,
        unique=frozenset(coverage_key(coverage_id) for coverage_id in person.coverages),
        index=frozenset(_keys(person)),
    )


def named_by(person: Person, asked: Identifier) -> bool:
    """Whether the identifier is one of the person's; one without system matches by its value alone.

    The other way round it does not: a record number of an EHR that happens to be someone's subscriberId is nobody's.
    """
    return any(own.value == asked.value and asked.system in (None, own.system) for own in _named(person))


def contradicted_by(person: Person, asked: Identifier) -> bool:
    """Whether the identifier is another value of a system in which we know the person's own values."""
    own = {each.value for each in _named(person) if each.system is not None and each.system == asked.system}
    return bool(own) and asked.value not in own


def payer_document(organization: Json, version: int = 1) -> Document:
    """The document of a payer's Organization."""
    return Document(PAYER, organization["id"], {"organization": organization}, organization["id"], version)


def tags(patient: Json) -> list[Json]:
    """The Codings of `meta.tag`."""
    meta = patient.get("meta")
    listed = meta.get("tag") if isinstance(meta, dict) else None
    return [tag for tag in listed if isinstance(tag, dict)] if isinstance(listed, list) else []


def _keys(person: Person) -> Iterator[str]:
    for named in _named(person):
        yield value_key(named.value)
    for tag in tags(person.patient):
        if isinstance(tag.get("system"), str):
            yield tag_key(tag["system"])


def _named(person: Person) -> Iterator[Identifier]:
    yield from identifiers(person.patient.get("identifier"))
    for coverage in person.coverages.values():
        yield from identifiers(coverage.get("identifier"))
        if subscriber := identifier({"value": coverage.get("subscriberId")}):
            yield subscriber
