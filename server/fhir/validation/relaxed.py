"""Rules of the guides that can't be enforced, relaxed by a table: what is held against requests is what can be kept.

A guide now and then forbids by one rule what another demands, or binds to a list that lacks the codes in use. The
table edits the facts of the structures before they are compiled, so that the quick answer, the findings, and whether a
resource "fits one of" some profiles agree. A row that changes nothing is refused: the guide was mended, the row goes.
Spec page: https://hl7.org/fhir/R4/profiling.html
"""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.library import Library, Place, open_folder
from server.fhir.validation.path_invariants import PathInvariants
from server.fhir.validation.validate import Validator

TABLE = "relaxed.toml"
"""The name of the table in the folder of the profiles."""


@dataclass(frozen=True, slots=True)
class Relaxed:
    """One row: which structures of which packages, and what about them is relaxed."""

    id: str
    packages: tuple[str, ...]
    """`name#version` each."""
    reason: str
    source: str
    reference: str
    """What HL7's reference validator says of the same: `error`, `warning` or `nothing`."""
    structures: tuple[str, ...] = ()
    """Canonical URLs; none: all structures of the packages."""
    contexts: tuple[str, ...] = ()
    """Elements that an extension may stand on besides those of its definition."""
    element: str = ""
    """Id of the element whose `min`, `max` or `targets` are set."""
    min: int | None = None
    max: str | None = None
    targets: tuple[str, ...] = ()
    valueset: str = ""
    """Canonical URL of a required value set, which becomes an extensible one."""
    invariant: str = ""
    """Key of an invariant, which becomes a warning."""
    system: str = ""
    """A code system, which also has `codes`."""
    codes: tuple[str, ...] = ()


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    relaxed: list[Relaxed] = field(default_factory=list)


def read_table(root: Path) -> tuple[Relaxed, ...]:
    """The rows of the table in a folder of profiles; none where there is no table. Raises ContentRefused."""
    path = root / TABLE
    if not path.is_file():
        return ()
    try:
        return tuple(msgspec.convert(tomllib.loads(path.read_text()), _Table).relaxed)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ContentRefused([f"{path}: {error}"]) from None


def open_relaxed(*roots: Path) -> Validator:
    """The validator over folders of profiles with their tables applied. Raises ContentRefused."""
    terminology = LocalTerminology.of_folder(*roots)
    rows = [row for root in roots for row in read_table(root)]
    places = relax(open_folder(*roots), [row for row in rows if not row.system])
    idle = [row.id for row in rows if row.system and not terminology.with_codes(row.system, row.codes)]
    _refuse_idle(idle)
    return Validator(Library(places), terminology, PathInvariants(terminology))


def relax(places: Iterable[Place], rows: Sequence[Relaxed]) -> list[Place]:
    """The places of structures after the rows. Raises ContentRefused for rows that change nothing."""
    used: set[str] = set()
    relaxed = [_relaxed(place, rows, used) for place in places]
    present = {f"{place.package.name}#{place.package.version}" for place in relaxed}
    _refuse_idle([row.id for row in rows if row.id not in used and present.intersection(row.packages)])
    return relaxed


def _refuse_idle(idle: Sequence[str]) -> None:
    if idle:
        raise ContentRefused([f"{TABLE}: the row {id} changes nothing; remove it." for id in idle])


def _relaxed(place: Place, rows: Sequence[Relaxed], used: set[str]) -> Place:
    package = f"{place.package.name}#{place.package.version}"
    text = bytes(place.raw)
    concerned = [row for row in rows if package in row.packages and _may_concern(row, place.url, text)]
    if not concerned:
        return place
    structure = json.read(text)
    for row in concerned:
        if _apply(row, structure):
            used.add(row.id)
    return replace(place, raw=msgspec.Raw(json.write(structure)))


def _may_concern(row: Relaxed, url: str, text: bytes) -> bool:
    """Most structures need not be read: reading all of them would take longer than the start of the server."""
    if row.structures and url not in row.structures:
        return False
    return (row.invariant or row.valueset or url).encode() in text or bool(row.structures)


def _apply(row: Relaxed, structure: Json) -> bool:
    """Changes the structure as the row says, and tells whether that changed anything."""
    before = json.write(structure)
    if row.contexts:
        known = structure.setdefault("context", [])
        known += [["element", place] for place in row.contexts if ["element", place] not in known]
    if row.invariant in structure.get("invariants", {}):
        structure["invariants"][row.invariant][0] = "warning"
    elements: Mapping[str, Json] = structure["elements"]
    if row.valueset:
        for each in elements.values():
            _loosen(each, row.valueset)
    if row.element:
        _widen(elements.get(row.element), row)
    return json.write(structure) != before


def _loosen(facts: Json, valueset: str) -> None:
    bound = facts.get("bind", {}) if isinstance(facts, dict) else {}
    if str(bound.get("required", "")).partition("|")[0] == valueset:
        facts["bind"] = {**{key: value for key, value in bound.items() if key != "required"}, "extensible": valueset}


def _widen(facts: Json, row: Relaxed) -> None:
    if not isinstance(facts, dict):
        return
    if row.min is not None:
        facts["min"] = row.min
    if row.max is not None:
        facts["max"] = row.max
    if row.targets:
        facts["types"] = [
            {**type, "target": [*row.targets]} if isinstance(type, dict) and "target" in type else type
            for type in facts["types"]
        ]
