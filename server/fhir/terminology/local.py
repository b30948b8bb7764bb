"""Value sets and code systems as they are shipped: is a code one of a set, as far as the packages say.

Three answers: yes, no, and None where it can't be known: SNOMED CT, LOINC, RxNorm, CPT, ICD-10-CM, X12 and every other
system whose codes no package carries. Such a code is not checked, and never guessed.
Spec page: https://hl7.org/fhir/R4/terminology-service.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from server.errors import ContentRefused
from server.fhir import json
from server.fhir.json import Json, JsonRefused

TERMS = "terms.json"


@dataclass(frozen=True, slots=True)
class CodeSystem:
    """All codes of a system."""

    url: str
    codes: frozenset[str]
    folded: bool = False
    """Whether upper and lower case are the same."""

    def has(self, code: str) -> bool:
        """Whether the code is one of the system."""
        return _among(code, self.codes, folded=self.folded)


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The codes of a set by system. A system that is in `unknown` is in the set with codes that are not known here."""

    url: str
    version: str
    codes: Mapping[str, frozenset[str]]
    unknown: frozenset[str] = frozenset()
    open: bool = False
    """Whether the set may hold more than is known here, of any system."""
    folded: frozenset[str] = frozenset()
    alone: frozenset[str] = frozenset()
    """The codes of all systems, for values that name none."""

    def has(self, system: str | None, code: str) -> bool | None:
        """Whether a code is in the set; None when that is not known. `system` None asks for a code alone."""
        if system is None:
            if code in self.alone:
                return True
        elif system in self.codes and _among(code, self.codes[system], folded=system in self.folded):
            return True
        if self.open or (self.unknown and (system is None or system in self.unknown)):
            return None
        return False


def _among(code: str, codes: frozenset[str], *, folded: bool) -> bool:
    return code in codes or (folded and code.casefold() in {one.casefold() for one in codes})


def value_set_of(url: str, version: str, parts: Iterable[Json], systems: Mapping[str, CodeSystem]) -> ValueSet:
    """The value set of its parts: systems with the codes that it lists, or a system alone for all of its codes."""
    codes: dict[str, set[str]] = {}
    unknown: set[str] = set()
    anything = False
    for part in parts:
        system = part.get("system")
        listed = part.get("codes")
        whole = systems.get(system) if system and listed is None and "open" not in part else None
        if listed is not None:
            codes.setdefault(system, set()).update(listed)
        elif whole:
            codes.setdefault(system, set()).update(whole.codes)
        elif system:
            unknown.add(system)
        else:
            anything = True
    folded = frozenset(one for one in codes if one in systems and systems[one].folded)
    kept = {system: frozenset(found) for system, found in codes.items()}
    alone = frozenset().union(*kept.values())
    return ValueSet(url, version, kept, frozenset(unknown), anything, folded, alone)


@dataclass(slots=True)
class LocalTerminology:
    """Reads `terms.json` files of a folder of packages when the first code is asked for."""

    files: tuple[tuple[str, bytes], ...]
    _sets: dict[str, list[tuple[str, str, Json]]] | None = None
    _systems: dict[str, CodeSystem] = field(default_factory=dict)
    _built: dict[tuple[str, str], ValueSet] = field(default_factory=dict)
    _named: frozenset[str] | None = None

    @classmethod
    def of_folder(cls, *roots: Path) -> "LocalTerminology":
        """The terminology of folders of packages; of a package that two folders have, that of the later one."""
        found = {path.parent.relative_to(root): path for root in roots for path in root.glob(f"*/*/{TERMS}")}
        return cls(tuple((str(found[key]), found[key].read_bytes()) for key in sorted(found)))

    @classmethod
    def of_texts(cls, files: Mapping[str, str]) -> "LocalTerminology":
        """The same of files that were just built and written nowhere."""
        return cls(tuple((path, text.encode()) for path, text in sorted(files.items()) if path.endswith(TERMS)))

    def value_set(self, canonical: str, prefer: Sequence[tuple[str, str]] = ()) -> ValueSet | None:
        """The value set of a canonical; of several with the same url that of the first package preferred, else the
        last.
        """
        url, _, wanted = canonical.partition("|")
        rows = self._rows().get(url)
        if not rows:
            return None
        chosen = next((row for row in rows if wanted and row[1] == wanted), None)
        homes = (f"{package}/{version}" for package, version in prefer)
        chosen = chosen or next((row for home in homes for row in rows if row[0] == home), rows[-1])
        found = self._built.get((url, chosen[0]))
        if found is None:
            found = self._built[url, chosen[0]] = value_set_of(url, chosen[1], chosen[2], self._systems)
        return found

    def system(self, url: str) -> CodeSystem | None:
        """A code system with all its codes; None for one that is not carried."""
        self._rows()
        return self._systems.get(url)

    def with_codes(self, url: str, codes: Iterable[str]) -> bool:
        """Adds codes to a system that is carried; tells whether that changed anything."""
        known = self.system(url)
        added = frozenset(codes) - (known.codes if known else frozenset())
        if known is None or not added:
            return False
        self._systems[url] = replace(known, codes=known.codes | added)
        return True

    def is_checked(self, system: str, code: str) -> bool:
        """Whether all codes of the system are carried."""
        return self.system(system) is not None

    def is_published(self, system: str) -> bool:
        """Whether a package names the system."""
        if self._named is None:
            parts = (part for rows in self._rows().values() for _, _, found in rows for part in found)
            self._named = frozenset(part["system"] for part in parts if part.get("system")) | self._systems.keys()
        return system in self._named

    def _rows(self) -> dict[str, list[tuple[str, str, Json]]]:
        if self._sets is None:
            rows: dict[str, list[tuple[str, str, Json]]] = {}
            for name, body in self.files:
                self._take(name, body, rows)
            self._sets = rows
        return self._sets

    def _take(self, name: str, body: bytes, rows: dict[str, list[tuple[str, str, Json]]]) -> None:
        try:
            file = json.read(body)
            home = f"{file['package']}/{file['version']}"
            for url, system in file["terms"]["systems"].items():
                known = self._systems.get(url)  # of several versions, a code of any is a code
                codes = frozenset(system["codes"]) | (known.codes if known else frozenset())
                self._systems[url] = CodeSystem(url, codes, system.get("folded", False))
            for url, found in file["terms"]["sets"].items():
                rows.setdefault(url, []).append((home, found["version"], found["parts"]))
        except (JsonRefused, KeyError, TypeError, AttributeError) as error:
            raise ContentRefused([f"{name}: no terms that `passage profiles build` wrote"]) from error
