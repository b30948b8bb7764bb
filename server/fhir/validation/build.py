"""Turns published packages into the compact facts under `profiles/`, the same bytes for the same packages.

Structures are taken whole, value sets only where a binding that is checked reaches them. Code systems are taken where
they carry their codes: a coding may be of any system, bound or not.
Spec page: https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from server.fhir import json
from server.fhir.json import Json
from server.fhir.validation.build_structure import CORE_PACKAGE, SAME, Facts, short, structure_facts
from server.fhir.validation.build_terms import system_codes, value_set_parts
from server.fhir.validation.package import Package
from server.fhir.validation.versions import newest, version_order

STRUCTURES = "structures.json"
TERMS = "terms.json"

LARGEST_SYSTEM = 3000
"""Codes of the largest code system that is carried; of a larger one nothing is checked."""


@dataclass(frozen=True, slots=True)
class _Found:
    package: Package
    resource: Json


@dataclass(slots=True)
class _Terms:
    """What is written of one package."""

    sets: dict[str, Json] = field(default_factory=dict)
    systems: dict[str, Json] = field(default_factory=dict)


class Build:
    """The packages of one build, which may refer to each other."""

    def __init__(self, packages: Sequence[Package]) -> None:
        self._packages = packages
        self._by_url: dict[tuple[str, str], list[_Found]] = {}
        self._terms = {package.name + package.version: _Terms() for package in packages}
        self._base: dict[str, Mapping[str, Facts]] = {}
        for package in packages:
            for resource in package.resources:
                self._by_url.setdefault((resource["resourceType"], resource["url"]), []).append(
                    _Found(package, resource)
                )

    def files(self) -> dict[str, str]:
        """The text of each file, by its path below `profiles/`."""
        structures = {package.name + package.version: self._structures(package) for package in self._packages}
        for package in self._packages:
            for system in package.of_type("CodeSystem"):
                self._keep_system(system["url"], package)
        found: dict[str, str] = {}
        for package in self._packages:
            key = package.name + package.version
            folder = f"{package.name}/{package.version}"
            head = {"package": package.name, "version": package.version, "depends": dict(package.depends)}
            if structures[key]:
                found[f"{folder}/{STRUCTURES}"] = _text(head, "structures", structures[key])
            terms = self._terms[key]
            if terms.sets or terms.systems:
                rows = {"sets": dict(sorted(terms.sets.items())), "systems": dict(sorted(terms.systems.items()))}
                found[f"{folder}/{TERMS}"] = _text(head, "terms", rows)
        return found

    def _structures(self, package: Package) -> dict[str, Json]:
        found = {}
        for definition in package.of_type("StructureDefinition"):
            if "snapshot" not in definition or definition["kind"] == "logical":
                continue
            facts = structure_facts(definition, self._base_elements(definition))
            found[definition["url"]] = facts
            for value_set in _bound(facts["elements"].values()):
                self._keep_value_set(package, value_set)
        return dict(sorted(found.items()))

    def _base_elements(self, definition: Json) -> Mapping[str, Facts] | None:
        """The elements of the type that a profile constrains; None for a type of its own."""
        if definition.get("derivation") != "constraint":
            return None
        type = short(definition["type"])
        if type not in self._base:
            url = f"http://hl7.org/fhir/StructureDefinition/{type}"
            found = self._by_url.get(("StructureDefinition", url))
            self._base[type] = structure_facts(found[0].resource, None)["elements"] if found else {}
        return self._base[type]

    def _find(self, type: str, canonical: str, home: Package | None) -> _Found | None:
        url, _, version = canonical.partition("|")
        found = self._by_url.get((type, url), [])
        exact = [one for one in found if version and one.resource.get("version") == version]
        own = [one for one in found if home and one.package is home]
        rest = sorted(found, key=lambda one: version_order(str(one.resource.get("version", ""))))
        return next(iter([*exact, *own, *reversed(rest)]), None)

    def _system(self, canonical: str, home: Package) -> _Found | None:
        """The code system of a url that carries its codes: the package's own, else the newest.

        What moved to terminology.hl7.org after R4 started there with lower versions, so the core's copy counts last.
        """
        url = canonical.partition("|")[0]
        whole = [one for one in self._by_url.get(("CodeSystem", url), []) if _carried(one.resource)]
        own = [one for one in whole if one.package is home]
        if own:
            return own[0]
        moved = [one for one in whole if one.package.name != CORE_PACKAGE]
        return newest(moved or whole, lambda one: str(one.resource.get("version", "")))

    def _keep_value_set(self, home: Package, canonical: str) -> None:
        found = self._find("ValueSet", canonical, home)
        if found is None:
            return
        terms = self._terms[found.package.name + found.package.version]
        url = found.resource["url"]
        if url in terms.sets:
            return

        def value_sets(canonical: str) -> Json | None:
            other = self._find("ValueSet", canonical, found.package)
            return other.resource if other else None

        def systems(canonical: str) -> Json | None:
            system = self._system(canonical, found.package)
            return system.resource if system else None

        parts = value_set_parts(found.resource, value_sets, systems)
        terms.sets[url] = {"version": found.resource.get("version", ""), "parts": parts}
        for part in parts:
            self._keep_system(part.get("system", ""), found.package)

    def _keep_system(self, url: str, home: Package) -> None:
        found = self._system(url, home)
        if found:
            systems = self._terms[found.package.name + found.package.version].systems
            facts: dict[str, Json] = {"version": found.resource.get("version", "")}
            if not found.resource.get("caseSensitive", True):
                facts["folded"] = True
            systems[url] = {**facts, "codes": system_codes(found.resource)}


def _carried(system: Json) -> bool:
    codes = system_codes(system)
    return bool(codes) and len(codes or ()) <= LARGEST_SYSTEM


def _bound(elements: Iterable[Json]) -> Iterator[str]:
    for facts in elements:
        if facts != SAME:
            yield from facts.get("bind", {}).values()


def _text(head: Mapping[str, Json], name: str, rows: Mapping[str, Json]) -> str:
    """JSON with one line for each element or row, so that a difference of two versions reads well."""
    lines = [f" {_line(key)}:{_line(value)}," for key, value in head.items()]
    lines += [f" {_line(name)}:{{", ",\n".join(f"  {_line(key)}:{_row(value)}" for key, value in rows.items()), " }"]
    return "{\n" + "\n".join(lines) + "\n}\n"


def _row(row: Mapping[str, Json]) -> str:
    parts = []
    for key, value in row.items():
        if isinstance(value, dict) and key != "parts":
            inner = ",\n".join(f"    {_line(name)}:{_line(one)}" for name, one in value.items())
            parts.append(f"   {_line(key)}:{{\n{inner}\n   }}")
        else:
            parts.append(f"   {_line(key)}:{_line(value)}")
    return "{\n" + ",\n".join(parts) + "\n  }"


def _line(value: Json) -> str:
    return json.write(value).decode()
