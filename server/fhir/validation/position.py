"""Where in the types a rule stands: which base definition lies beneath it, and by which names extensions may know it.

Spec page: https://hl7.org/fhir/R4/defining-extensions.html#context
"""

from dataclasses import dataclass

from server.fhir.validation.library import Library
from server.fhir.validation.structure import Node, Structure

_LONGEST_PLACE = 7
"""Steps of the longest place that is kept: types may go in circles, and no context names such a path."""

INLINE = ("BackboneElement", "Element")
"""Types whose children stand in the structure itself."""


@dataclass(frozen=True, slots=True)
class Position:
    """The base structure and the path in it; and all names of the place: `Claim.item`, `BackboneElement`, `Element`."""

    base: Structure
    path: str
    places: tuple[str, ...]

    @property
    def base_node(self) -> Node | None:
        """The element of the base definition."""
        return self.base.nodes.get(self.path)

    def child(self, name: str) -> Node | None:
        """The base definition of a child."""
        return self.base.nodes.get(f"{self.path}.{name}")


def ancestors(type: str, library: Library) -> tuple[str, ...]:
    """A type and all that it derives from, as the names of contexts."""
    found: list[str] = []
    structure = library.find(type)
    while structure is not None and structure.url not in found and len(found) < 8:
        found.append(structure.type)
        structure = library.find(structure.base) if structure.base else None
    top = library.find(type)
    if top is not None and top.kind == "resource" and {f"{type}.url", f"{type}.status"} <= top.nodes.keys():
        found += ["CanonicalResource", "MetadataResource"]
    return tuple(found) or (type,)


def top(base: Structure, library: Library, above: tuple[str, ...] = ()) -> Position:
    """The position of a whole type, where it stands at the places `above`."""
    return Position(base, base.type, (*above, *ancestors(base.type, library)))


def inside(position: Position, node: Node, library: Library) -> Position:
    """The position of a child whose children stand in the same structure."""
    if node.facts.content:
        path = node.facts.content.rpartition("#")[2]
        return Position(position.base, path, (path, "BackboneElement", "Element"))
    name = node.name
    return Position(
        position.base, f"{position.path}.{name}", (*places_below(position, name), "BackboneElement", "Element")
    )


def places_below(position: Position, name: str) -> tuple[str, ...]:
    """The paths of a child: below the resource, and below the data type that it is in."""
    names = (name, name[:-3]) if name.endswith("[x]") else (name,)
    paths = (place for place in position.places if place.count(".") < _LONGEST_PLACE and ":" not in place)
    return tuple(f"{path}.{step}" for path in paths for step in names)
