"""Where in a document a rule runs: the resource, what contains it, and how references resolve from there.

Spec page: https://hl7.org/fhir/R4/bundle.html#references
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from server.fhir.json import Json
from server.fhir.path.allowance import Allowance
from server.fhir.reference import absolute_base, against_base
from server.fhir.validation.structure import Package, Structure


class Run:
    """One validation: whose versions count, and what was done once and for all."""

    __slots__ = ("allowance", "first", "narratives", "prefer", "told", "trying")

    def __init__(self, prefer: Sequence[Package] = ()) -> None:
        self.prefer = tuple(prefer)
        self.first = prefer[0] if prefer else None
        self.narratives: dict[int, bool] = {}
        """Narratives that were read, and whether they are such."""
        self.told: set[tuple[int, tuple[int, ...]]] = set()
        """Resources and profiles of which it was said why they don't fit."""
        self.trying = False
        """Whether it is only counted how far a resource is from a profile."""
        self.allowance = Allowance()
        """What the invariants of added profiles may do, all together."""


_NOTHING: Mapping[str, "Scope | None"] = MappingProxyType({})


class Scope:
    """One resource under validation: the same object wherever it is come to, so that nothing of it is decided twice.

    `container` is the resource that contains it, `bundle` the entries around it.
    """

    __slots__ = (
        "_contained",
        "_entries",
        "_ids",
        "_inner",
        "asked",
        "bundle",
        "container",
        "element_ids",
        "environment",
        "full_url",
        "holders",
        "kept",
        "relative",
        "resource",
        "run",
        "targets",
        "type",
    )

    def __init__(
        self,
        resource: Json,
        run: Run,
        *,
        container: "Scope | None" = None,
        bundle: "BundleIndex | None" = None,
        full_url: str = "",
    ) -> None:
        self.resource = resource
        named = resource.get("resourceType") if type(resource) is dict else None
        self.type = named if type(named) is str else None
        self.run = run
        self.container = container
        self.bundle = bundle
        self.full_url = full_url
        self.asked: dict[Structure, bool] = {}
        """The profiles that were decided of it, or are under way: there a circle of references ends."""
        self.kept: Structure | None = None
        """A profile that it keeps, for the profiles that ask nearly the same of it."""
        self.environment: Any = None
        """What FHIRPath keeps of the resource between two invariants."""
        self.element_ids: dict[str, str] | None = None
        """The ids of elements that were met."""
        self.holders: Any = None
        """The elements around the extensions of the resource, once they were asked for."""
        self._entries: BundleIndex | None = None
        self.relative: dict[str, Scope | None] | None = None
        """What relative references mean here."""
        self.targets: Mapping[str, Scope | None] = _NOTHING
        """What references mean here, as far as they were asked for: those of one kind, relative or absolute."""
        self._contained: Mapping[str, Json] | None = None
        self._inner: dict[int, Scope] = {}
        self._ids: frozenset[str] | None = None

    @property
    def outer(self) -> "Scope":
        """The resource that is not contained in another."""
        return self.container or self

    def resolve(self, reference: str) -> "Scope | None":
        """The resource that a reference means, when it is in this document."""
        if reference[:1] == "#":
            return self._in_resource(reference[1:])
        outer = self if self.container is None else self.container
        bundle = outer.bundle
        if bundle is None:
            return None
        if ":" in reference:
            known = bundle.absolute
        else:
            known = outer.relative = outer.relative or bundle.relative(outer.full_url)
        if reference not in known:
            known[reference] = bundle.find(reference, outer.full_url)
        self.targets = known
        return known[reference]

    def inside(self, resource: Json, *, contained: bool) -> "Scope":
        """The scope of a resource in this one: contained in it, or with it in a Bundle or Parameters."""
        if not contained and self.type == "Bundle":
            if self._entries is None:
                self._entries = BundleIndex(self.resource, self.run, self.bundle)
            return self._entries.scope(resource)
        outer = self.outer if contained else self
        found = outer._inner.get(id(resource))
        if found is None:
            found = Scope(resource, self.run, container=outer) if contained else self._within(resource)
            outer._inner[id(resource)] = found
        return found

    def _within(self, resource: Json) -> "Scope":
        return Scope(resource, self.run, bundle=self.bundle, full_url=self.full_url)

    def has_target(self, id: str) -> bool:
        """Whether the resource that is not contained in another contains a resource or an element with the id."""
        outer = self.outer
        if outer._ids is None:
            outer._ids = frozenset(_ids([value for key, value in outer.resource.items() if key != "id"]))
        return id in outer._ids

    def _in_resource(self, id: str) -> "Scope | None":
        outer = self.outer
        if not id:
            return outer
        if outer._contained is None:
            rows = outer.resource.get("contained")
            outer._contained = (
                {row["id"]: row for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)}
                if isinstance(rows, list)
                else {}
            )
        found = outer._contained.get(id)
        return None if found is None else outer.inside(found, contained=True)


def _ids(waiting: list[Json]) -> Iterator[str]:
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(id := one.get("id"), str):
                yield id
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


class BundleIndex:
    """The entries of a Bundle by what a reference to them may say."""

    __slots__ = ("_bases", "_by_url", "_places", "_relative", "_run", "_scopes", "absolute", "bundle", "outside")

    def __init__(self, bundle: Json, run: Run, outside: "BundleIndex | None" = None) -> None:
        self.bundle = bundle
        self.outside = outside
        self._run = run
        self._by_url: dict[str, Scope] = {}
        self._scopes: dict[int, Scope] = {}
        self._relative: dict[str | None, dict[str, Scope | None]] = {}
        self.absolute: dict[str, Scope | None] = {}
        """What absolute references mean: the same everywhere."""
        self._bases: dict[str, str | None] = {}
        self._places: dict[int, int] | None = None
        for entry in self._entries():
            resource = entry.get("resource") if type(entry) is dict else None
            if type(resource) is dict:
                self._add(entry.get("fullUrl"), resource)

    def _entries(self) -> list[Json]:
        entries = self.bundle.get("entry")
        return entries if type(entries) is list else []

    def _add(self, full_url: Json, resource: Json) -> None:
        url = full_url if type(full_url) is str else ""
        scope = self._scopes[id(resource)] = Scope(resource, self._run, bundle=self, full_url=url)
        if url:
            self._by_url.setdefault(url, scope)
        name = resource.get("id")
        if scope.type is not None and type(name) is str:
            self._by_url.setdefault(f"{scope.type}/{name}", scope)

    def scope(self, resource: Json) -> Scope:
        """The scope of a resource of the Bundle, the same each time: what is kept with it is kept once."""
        found = self._scopes.get(id(resource))
        if found is None:
            found = self._scopes[id(resource)] = Scope(resource, self._run, bundle=self)
        return found

    def index(self, resource: Json) -> int | None:
        """The index of the entry of a resource of the Bundle."""
        if self._places is None:
            rows = enumerate(self._entries())
            self._places = {id(entry.get("resource")): place for place, entry in rows if type(entry) is dict}
        return self._places.get(id(resource))

    def relative(self, full_url: str) -> "dict[str, Scope | None]":
        """What relative references mean in an entry: the same in all with the same base."""
        return self._relative.setdefault(self._base(full_url), {})

    def find(self, reference: str, from_full_url: str) -> Scope | None:
        """The entry that a reference means when it stands in the entry with `from_full_url`."""
        base = None if ":" in reference else self._base(from_full_url)
        found = self._by_url.get(against_base(reference, base).partition("#")[0])
        if found is None:
            return self.outside.find(reference, from_full_url) if self.outside else None
        return found

    def _base(self, full_url: str) -> str | None:
        """Only relative references need it."""
        if full_url not in self._bases:
            self._bases[full_url] = absolute_base(full_url)
        return self._bases[full_url]
