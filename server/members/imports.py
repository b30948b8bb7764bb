"""Reading a member file: Patients, Coverages and Organizations as NDJSON, a line each, in any order.

The file is read twice and never held: people and payers first, then the coverages that name them, so a file of any
size and order imports in constant memory. Importing the same file again changes nothing.
Spec page: https://hl7.org/fhir/uv/bulkdata/ (NDJSON as a format of resources)
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from server.errors import Duplicate, StoreUnavailable, VersionConflict
from server.fhir import json
from server.fhir.json import Json
from server.members.check import payor_ids, reference_to, refusal
from server.members.record import (
    MEMBER,
    PAYER,
    Person,
    coverage_key,
    payer_document,
    person_document,
    read_person,
)
from server.storage.port import Store

Lines = Callable[[], Iterable[bytes]]
"""Opens the lines of a member file; asked twice."""

_TOGETHER = 64
"""Lines that are written at once: a store commits what waits together in one durable write."""

_ATTEMPTS = 100
"""Tries against other writers of the same member before the import gives up."""


class Change(Enum):
    """What an imported resource changed in the store."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Imported:
    """One resource that is in the store now."""

    line: int
    type: str
    change: Change


@dataclass(frozen=True, slots=True)
class Refused:
    """One line that was left out. The reason names elements and no values."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    resource: Json


async def import_members(store: Store, lines: Lines) -> AsyncIterator[Imported | Refused]:
    """Imports the file; gives one result per line that is not blank, first people and payers, then coverages."""
    for batch in _batches(lines, ("Patient", "Organization"), report_refused=True):
        for result in await _together(store, batch):
            yield result
    for batch in _batches(lines, ("Coverage",), report_refused=False):
        for result in await _together(store, batch):
            yield result


def _batches(lines: Lines, types: tuple[str, ...], *, report_refused: bool) -> Iterator[list[_Line | Refused]]:
    wanted = _wanted(lines, types, report_refused)
    while batch := list(islice(wanted, _TOGETHER)):
        yield batch


def _wanted(lines: Lines, types: tuple[str, ...], report_refused: bool) -> Iterator[_Line | Refused]:
    for number, text in enumerate(lines(), start=1):
        if not text.strip():
            continue
        line = _read(number, text)
        if isinstance(line, Refused):
            if report_refused:
                yield line
        elif line.resource["resourceType"] in types:
            yield line


def _read(number: int, text: bytes) -> _Line | Refused:
    try:
        resource = json.read(text)
    except json.JsonRefused as refused:
        return Refused(number, str(refused))
    reason = refusal(resource)
    return Refused(number, reason) if reason else _Line(number, resource)


async def _together(store: Store, batch: list[_Line | Refused]) -> list[Imported | Refused]:
    """Writes what concerns different people at once, and what concerns one person in the order of the file."""
    chains: dict[tuple[str, str], list[_Line]] = {}
    for line in batch:
        if isinstance(line, _Line):
            chains.setdefault(_owner(line.resource), []).append(line)
    written = await asyncio.gather(*(_in_order(store, chain) for chain in chains.values()))
    results = [line for line in batch if isinstance(line, Refused)]
    return sorted([*results, *(each for chain in written for each in chain)], key=lambda result: result.line)


def _owner(resource: Json) -> tuple[str, str]:
    beneficiary = reference_to(resource.get("beneficiary"), "Patient")
    return ("Patient", beneficiary) if beneficiary else (resource["resourceType"], resource["id"])


async def _in_order(store: Store, chain: list[_Line]) -> list[Imported | Refused]:
    return [await _keep(store, line) for line in chain]


async def _keep(store: Store, line: _Line) -> Imported | Refused:
    keep = _KEEP[line.resource["resourceType"]]
    for _ in range(_ATTEMPTS):
        try:
            kept = await keep(store, line.resource)
        except (Duplicate, VersionConflict):
            continue  # another writer came between; the store's compare-and-set is the only lock
        if isinstance(kept, Change):
            return Imported(line.number, line.resource["resourceType"], kept)
        return Refused(line.number, kept)
    raise StoreUnavailable("a member is written by too many others at once")


async def _keep_patient(store: Store, patient: Json) -> Change | str:
    stored = await store.get(MEMBER, patient["id"])
    if stored is None:
        await store.create(person_document(Person(patient, {})))
        return Change.ADDED
    person = read_person(stored)
    if person.patient == patient:
        return Change.UNCHANGED
    await store.replace(person_document(Person(patient, person.coverages), stored.version + 1))
    return Change.CHANGED


async def _keep_organization(store: Store, organization: Json) -> Change | str:
    stored = await store.get(PAYER, organization["id"])
    if stored is None:
        await store.create(payer_document(organization))
        return Change.ADDED
    if stored.body["organization"] == organization:
        return Change.UNCHANGED
    await store.replace(payer_document(organization, stored.version + 1))
    return Change.CHANGED


async def _keep_coverage(store: Store, coverage: Json) -> Change | str:
    stored = await store.get(MEMBER, reference_to(coverage["beneficiary"], "Patient") or "")
    if stored is None:
        return "Coverage.beneficiary resolves neither in the file nor in the store; import its Patient too."
    for payor in payor_ids(coverage):
        if await store.get(PAYER, payor) is None:
            return "Coverage.payor resolves neither in the file nor in the store; import its Organization too."
    moved = await _take_from_other(store, coverage["id"], stored.id)
    person = read_person(stored)
    before = person.coverages.get(coverage["id"])
    if before == coverage:
        return Change.UNCHANGED
    await store.replace(person_document(person.with_coverage(coverage), stored.version + 1))
    return Change.CHANGED if before or moved else Change.ADDED


async def _take_from_other(store: Store, coverage_id: str, holder: str) -> bool:
    """Takes the Coverage from the person who held it, when its beneficiary is someone else now."""
    other = await store.get_by_unique(MEMBER, coverage_key(coverage_id))
    if other is None or other.id == holder:
        return False
    await store.replace(person_document(read_person(other).without_coverage(coverage_id), other.version + 1))
    return True


_KEEP: Mapping[str, Callable[[Store, Json], Awaitable[Change | str]]] = {
    "Patient": _keep_patient,
    "Organization": _keep_organization,
    "Coverage": _keep_coverage,
}
"""Writes one resource; gives what it changed, or why it is refused."""
