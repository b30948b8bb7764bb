"""Turns a further published package into facts beside those that are there, and tells what of it collides with them.

Spec page: https://hl7.org/fhir/R4/packages.html
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.errors import ContentRefused
from server.fhir.json import Json
from server.fhir.validation.build import Build
from server.fhir.validation.library import Library, Place, open_texts
from server.fhir.validation.package import Package


@dataclass(frozen=True, slots=True)
class Addition:
    """What a package adds."""

    files: dict[str, str]
    """The text of each file by its path in the folder of profiles."""
    structures: int
    conflicts: tuple[str, ...]
    """Canonicals with version that another package has already: which of the two counts depends on who asks."""
    left_out: tuple[str, ...]
    """Canonicals of structures that say nothing by themselves: published without snapshot."""


def add_packages(packages: Sequence[Package], known: Iterable[Place]) -> Addition:
    """The facts of packages that join others. Raises ContentRefused for packages without any conformance resource."""
    texts = Build(packages).files()
    if not texts:
        names = ", ".join(f"{one.name}#{one.version}" for one in packages)
        raise ContentRefused([f"{names}: no profile with a snapshot, no value set that one binds; nothing to add"])
    added = open_texts(texts)
    return Addition(texts, len(added), tuple(_conflicts(added, known)), tuple(_without_snapshot(packages)))


def _conflicts(added: Sequence[Place], known: Iterable[Place]) -> list[str]:
    mine = {(place.package.name, place.package.version) for place in added}
    wanted = {place.url for place in added}
    others = [one for one in known if one.url in wanted and (one.package.name, one.package.version) not in mine]
    library, before = Library(added), Library(others)
    new = {structure.canonical for url in library.urls if (structure := library.find(url))}
    return sorted(
        f"{canonical} (in {found.package.name}#{found.package.version})"
        for canonical in new
        if (found := before.find(canonical)) is not None and found.canonical == canonical
    )


def _without_snapshot(packages: Sequence[Package]) -> list[str]:
    rows: list[Json] = [row for package in packages for row in package.of_type("StructureDefinition")]
    return sorted(row["url"] for row in rows if "snapshot" not in row and row.get("kind") != "logical")
