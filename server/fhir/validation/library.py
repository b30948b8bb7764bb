"""The structures that are known, found by canonical and read when they are first needed.

A folder holds one folder for each package and version, with `structures.json` and `terms.json`; opening it reads which
structures there are and decodes none of them.
Spec page: https://hl7.org/fhir/R4/references.html#canonical
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.validation.build_structure import CORE, CORE_PACKAGE, SAME
from server.fhir.validation.structure import Facts, Package, Structure, facts_of, plant
from server.fhir.validation.versions import nearest, newest

STRUCTURES = "structures.json"
TERMS = "terms.json"


class _StructureFile(msgspec.Struct, frozen=True):
    package: str
    version: str
    structures: dict[str, msgspec.Raw]
    depends: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A structure as its file has it: not decoded yet."""

    package: Package
    url: str
    raw: msgspec.Raw


class Library:
    """All structures of some packages. Safe to use from several threads: what two of them read at once is the same."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places: dict[str, list[Place]] = {}
        self._read: dict[tuple[str, str, str], Structure] = {}
        self._only: dict[str, Structure] = {}
        self._chosen: dict[tuple[str, Package | None, Sequence[Package]], Structure] = {}
        for place in places:
            self._places.setdefault(place.url, []).append(place)

    @property
    def urls(self) -> Iterable[str]:
        """The canonical URLs of all structures."""
        return self._places.keys()

    @property
    def packages(self) -> list[Package]:
        """The packages, each once, in the order of their names and versions."""
        found = {
            (place.package.name, place.package.version): place.package for row in self._places.values() for place in row
        }
        return [found[key] for key in sorted(found)]

    def find(self, canonical: str, home: Package | None = None, prefer: Sequence[Package] = ()) -> Structure | None:
        """The structure of a canonical or of the name of a core type; None when it is not known.

        Without a version that is here, the one of the package that asks counts, then of the preferred packages, then of
        those that it depends on, then of the nearest release of one of those, then the newest.
        """
        known = self._only.get(canonical)
        if known is not None:
            return known
        url, _, version = canonical.partition("|")
        places = self._places.get(url if ":" in url else CORE + url)
        if not places:
            return None
        if len(places) == 1:
            return self._single(canonical, version, places[0])
        key = (canonical, home, tuple(prefer))
        known = self._chosen.get(key)
        if known is None:
            known = self._structure(self._choose(places, version, home, prefer))
            if not version or version == known.version:  # or else documents could make the table grow
                self._chosen[key] = known
        return known

    def _single(self, canonical: str, version: str, place: Place) -> Structure:
        found = self._structure(place)
        if not version or version == found.version:
            self._only[canonical] = found
        return found

    def type(self, name: str) -> Structure | None:
        """The definition of a resource type or data type."""
        return self.find(name)

    def _choose(self, places: list[Place], version: str, home: Package | None, prefer: Sequence[Package]) -> Place:
        exact = (place for place in places if version and self._structure(place).version == version)
        asking = (*((home,) if home else ()), *prefer)
        wanted = [(one.name, one.version) for one in asking] + [row for one in asking for row in one.versions()]
        # Extensions that left the core for a package of their own are defined there; the core's copy counts last.
        moved = [place for place in places if place.package.name != CORE_PACKAGE] or places
        return next(exact, None) or _of_package(moved, wanted) or newest(moved, _release) or moved[0]

    def _structure(self, place: Place) -> Structure:
        key = (place.package.name, place.package.version, place.url)
        found = self._read.get(key)
        if found is None:
            found = self._read[key] = self._decode(place)
        return found

    def _decode(self, place: Place) -> Structure:
        raw = json.read(bytes(place.raw))
        structure = Structure(
            url=place.url,
            version=raw.get("version", ""),
            package=place.package,
            type=raw["type"],
            kind=raw["kind"],
            abstract=raw.get("abstract", False),
            base=raw.get("base", ""),
            profile=raw.get("derivation") == "constraint",
            contexts=tuple((type, expression) for type, expression in raw.get("context", ())),
            context_invariants=tuple(raw.get("contextInvariant", ())),
            invariants={key: (row[0], row[1]) for key, row in raw.get("invariants", {}).items()},
        )
        base = self.find(structure.type) if structure.profile else None
        plant(structure, {id: self._facts(id, row, base) for id, row in raw["elements"].items()})
        return structure

    def _facts(self, id: str, row: Json, base: Structure | None) -> Facts:
        if row != SAME:
            return facts_of(row)
        path = ".".join(step.partition(":")[0] for step in id.split("."))
        return base.nodes[path].facts if base else Facts()


def _release(place: Place) -> str:
    return place.package.version


def _of_package(places: Sequence[Place], wanted: Sequence[tuple[str, str]]) -> Place | None:
    """The place in the first package that is there in its version, else in the nearest to it."""
    for row in wanted:
        for place in places:
            if (place.package.name, place.package.version) == row:
                return place
    found = (nearest([one for one in places if one.package.name == name], of, _release) for name, of in wanted)
    return next((place for place in found if place is not None), None)


def open_folder(*roots: Path) -> list[Place]:
    """Where the structures in folders of packages are; of a package that two folders have, those of the later one.

    What is in another folder than the first counts as added. Raises ContentRefused for a file that is none of ours.
    """
    found = {
        path.parent.relative_to(root): (path, root != roots[0])
        for root in roots
        for path in root.glob(f"*/*/{STRUCTURES}")
    }
    rows = [found[key] for key in sorted(found)]
    return [place for path, added in rows for place in _places(path.read_bytes(), str(path), added=added)]


def open_texts(files: Mapping[str, str]) -> list[Place]:
    """The same of files that were just built and written nowhere."""
    return [
        place
        for path, text in sorted(files.items())
        if path.endswith(STRUCTURES)
        for place in _places(text.encode(), path)
    ]


def _places(body: bytes, name: str, *, added: bool = False) -> list[Place]:
    try:
        file = msgspec.json.decode(body, type=_StructureFile)
    except msgspec.DecodeError as error:
        raise ContentRefused([f"{name}: no structures that `passage profiles build` wrote ({error})"]) from error
    package = Package(file.package, file.version, file.depends, added)
    return [Place(package, url, raw) for url, raw in file.structures.items()]
