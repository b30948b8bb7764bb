"""Slices that one value of an item tells apart: a url, a type of resource, or a single coding, found in one look-up.

Spec page: https://hl7.org/fhir/R4/profiling.html#discriminator
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.discriminator import fixed_url, targets
from server.fhir.validation.generated import Source
from server.fhir.validation.structure import Node

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

By = Sequence[tuple[str, str]]
"""The discriminators of a slicing: kind and path."""


@dataclass(frozen=True, slots=True)
class Told:
    """How an item tells its slice."""

    places: Mapping[Json, int]
    """The index of each slice by what tells it."""
    steps: tuple[str, ...]
    """The keys from the item to what tells it."""
    coded: bool = False
    """Whether the codings of a concept tell it, rather than a text."""

    def write(self, source: Source, one: str, index: str, none: int) -> None:
        """The lines that put the index of the slice of an item in `index`; `none` is that of no slice."""
        found = one
        for step in self.steps:
            source.add(f"{(inner := source.variable())} = {found}.get({step!r}) if type({found}) is dict else None")
            found = inner
        if self.coded:
            source.add(f"{index} = {source.bind(self.of_concept)}({found}, {none})")
        else:
            source.add(f"{index} = {source.bind(self.places)}.get({found}, {none}) if type({found}) is str else {none}")

    def of_concept(self, concept: Json, none: int) -> int:
        """The index by a CodeableConcept, or a list of them: of several slices it is in the first."""
        best = none
        for each in concept if type(concept) is list else (concept,):
            codings = each.get("coding") if type(each) is dict else None
            for coding in codings if type(codings) is list else ():
                pair = (coding.get("system"), coding.get("code")) if type(coding) is dict else ("", "")
                if type(pair[0]) is str and type(pair[1]) is str:
                    best = min(best, self.places.get(pair, none))
        return best


def told_by_name(compiler: Compiler, slices: Sequence[Node], by: By) -> Told | None:
    """By the url of an extension, or the type of a resource; None where more decides."""
    match [tuple(one) for one in by]:
        case [("value", "url")]:
            urls = [fixed_url(compiler, one, targets(compiler, one, ["url"])) for one in slices]
            return _told([url if isinstance(url, str) else None for url in urls], ("url",))
        case [("type", "resource")]:
            return _told([_type(compiler, one) for one in slices], ("resource", "resourceType"))
        case _:
            return None


def told_by_coding(compiler: Compiler, slices: Sequence[Node], by: By) -> Told | None:
    """By one coding of a child; None where more decides, or less."""
    match [tuple(one) for one in by]:
        case [("value" | "pattern", name)] if name.isalpha():
            return _told([_coding(targets(compiler, one, [name])) for one in slices], (name,), coded=True)
        case _:
            return None


def _told(names: Sequence[Json], steps: tuple[str, ...], *, coded: bool = False) -> Told | None:
    places = {name: index for index, name in enumerate(names) if name is not None}
    return Told(places, steps, coded) if len(places) == len(names) else None


def _type(compiler: Compiler, slice: Node) -> str | None:
    codes = {type.code for target in targets(compiler, slice, ["resource"]) for type in target.facts.types}
    return codes.pop() if len(codes) == 1 and codes.isdisjoint(("Resource", "DomainResource")) else None


def _coding(found: Sequence[Node]) -> tuple[str, str] | None:
    if len(found) != 1 or found[0].name.endswith("[x]") or found[0].facts.fixed is not None:
        return None
    match found[0].facts.pattern:
        case {"coding": [{"system": str(system), "code": str(code), **rest}], **others} if not rest and not others:
            return system, code
        case _:
            return None
