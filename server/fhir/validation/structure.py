"""A structure as it is shipped: the facts of a StructureDefinition's elements, read into a tree of nodes.

Spec page: https://hl7.org/fhir/R4/structuredefinition.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.fhir.json import Json

UNBOUNDED = 2**31


@dataclass(frozen=True, slots=True)
class Type:
    """One type that an element may have."""

    code: str
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    aggregation: tuple[str, ...] = ()
    versioning: str = "either"
    """Whether a reference must, or may not, name a version."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said about one element."""

    min: int = 0
    max: int = UNBOUNDED
    types: tuple[Type, ...] = ()
    content: str = ""
    """Path of the element whose content this one has, in the same structure; or `type#path` in another."""
    slicing: Mapping[str, Json] | None = None
    bind: Mapping[str, str] = field(default_factory=dict)
    length: int = 0
    invariants: tuple[str, ...] = ()
    fixed: Json = None
    pattern: Json = None
    least: Json = None
    most: Json = None


@dataclass(frozen=True, slots=True, eq=False)
class Package:
    """The identity of a package, and which versions of others it builds on."""

    name: str
    version: str
    depends: Mapping[str, str] = field(default_factory=dict)
    added: bool = False
    """Whether it was added to those that are shipped, so that nobody here has read its expressions."""

    def versions(self) -> list[tuple[str, str]]:
        """Itself and what it depends on, with versions: those count where a canonical names none.

        A guide that was published against the unreleased state of another was released together with it.
        """
        needed = ((name, self.version if of == "current" else of) for name, of in self.depends.items())
        return [(self.name, self.version), *needed]


@dataclass(slots=True)
class Node:
    """An element or a slice of one, with the children and slices that the structure spells out."""

    structure: "Structure"
    id: str
    facts: Facts
    children: dict[str, "Node"] = field(default_factory=dict)
    slices: list["Node"] = field(default_factory=list)
    slice_of: "Node | None" = None

    @property
    def name(self) -> str:
        """The last step of the path, without the slice: `value[x]`."""
        return self.id.rpartition(".")[2].partition(":")[0]

    @property
    def slice_name(self) -> str:
        """The name of the slice; empty for an element."""
        return self.id.rpartition(".")[2].partition(":")[2]


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A resource type, a data type or a profile of one."""

    url: str
    version: str
    package: Package
    type: str
    kind: str
    abstract: bool
    base: str
    profile: bool
    """Whether it constrains a type, rather than being one."""
    contexts: tuple[tuple[str, str], ...]
    invariants: Mapping[str, tuple[str, str]]
    """By key: severity and FHIRPath."""
    context_invariants: tuple[str, ...] = ()
    """What must be true of the element that an extension stands on, in FHIRPath."""
    nodes: dict[str, Node] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        """The element that stands for the whole."""
        return next(iter(self.nodes.values()))

    @property
    def canonical(self) -> str:
        """Url and version."""
        return f"{self.url}|{self.version}" if self.version else self.url


def facts_of(raw: Mapping[str, Json]) -> Facts:
    """The facts of an element as they are written in a file."""
    maximum = raw.get("max", "")
    return Facts(
        min=raw.get("min", 0),
        max=int(maximum) if maximum else UNBOUNDED,
        types=tuple(_type(type) for type in raw.get("types", ())),
        content=raw.get("content", ""),
        slicing=raw.get("slicing"),
        bind=raw.get("bind", {}),
        length=raw.get("length", 0),
        invariants=tuple(raw.get("inv", ())),
        fixed=raw.get("fixed"),
        pattern=raw.get("pattern"),
        least=raw.get("minValue"),
        most=raw.get("maxValue"),
    )


def _type(raw: Json) -> Type:
    if isinstance(raw, str):
        return Type(raw)
    return Type(
        raw["code"],
        tuple(raw.get("profile", ())),
        tuple(raw.get("target", ())),
        tuple(raw.get("aggregation", ())),
        raw.get("versioning", "either"),
    )


def plant(structure: Structure, elements: Mapping[str, Facts]) -> None:
    """Fills the structure's nodes: children under their parents, slices under the element that they slice."""
    nodes = structure.nodes
    for id, facts in elements.items():
        node = nodes[id] = Node(structure, id, facts)
        parent, _, step = id.rpartition(".")
        name, _, slice_name = step.partition(":")
        if slice_name:
            outer = slice_name.rpartition("/")[0]
            sliced = nodes.get(f"{parent}.{name}:{outer}" if outer else f"{parent}.{name}")
            if sliced is not None:
                node.slice_of = sliced
                sliced.slices.append(node)
        elif parent in nodes:
            nodes[parent].children[name] = node
