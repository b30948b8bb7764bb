"""What an expression may ask for from outside: variables, the time, other resources, terminology, profiles.

Spec page: https://hl7.org/fhir/R4/fhirpath.html#variables
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from server.fhir.json import Json
from server.fhir.path.allowance import Allowance
from server.fhir.path.model import Model, r4
from server.fhir.path.values import Home, Items


class Resolver(Protocol):
    """Finds resources that are neither in the Bundle nor contained."""

    def resolve(self, reference: str) -> Json | None:
        """The resource at a reference; None when it is not to be had."""
        ...


class Terminology(Protocol):
    """Says whether a coded value is in a value set."""

    def member_of(self, coded: Json, value_set: str) -> bool | None:
        """Whether a code, Coding or CodeableConcept is in the value set; None when nobody here knows."""
        ...


class Profiles(Protocol):
    """Says whether a resource or element conforms to a profile."""

    def conforms(self, value: Json, profile: str) -> bool | None:
        """Whether it conforms; None when the profile is not known."""
        ...


class Traces(Protocol):
    """Is told what `trace()` sees."""

    def trace(self, name: str, items: Items) -> None:
        """The items that passed a `trace(name)`."""
        ...


@dataclass(frozen=True, slots=True)
class Environment:
    """All that is outside of the expression and its input. `now` must be set for `now()`, `today()`, `timeOfDay()`."""

    variables: Mapping[str, Json] = field(default_factory=dict)
    """Values of `%name`: JSON, or a list of JSON for several."""

    resource: Json | None = None
    """`%resource`: the resource that holds the input; the input itself when it is a resource."""

    root_resource: Json | None = None
    """`%rootResource`: the resource that contains it, or the Bundle whose entries references may mean."""

    full_url: str | None = None
    """The fullUrl of the entry that the input is in, against which its relative references are read."""

    resolver: Resolver | None = None
    terminology: Terminology | None = None
    profiles: Profiles | None = None
    traces: Traces | None = None
    now: datetime | None = None
    allowance: Allowance | None = None
    """What metered expressions may do, of all evaluations that are given it; without one, each has its own."""


NOTHING = Environment()


class Scope:
    """Where a part of an expression is evaluated: `$this`, `$index`, `$total`, and what is outside."""

    __slots__ = ("context", "environment", "home", "index", "model", "this", "total")

    def __init__(self, this: Items, environment: Environment, home: Home, model: Model | None = None) -> None:
        self.this = this
        self.context = this
        self.index: int | None = None
        self.total: Items = []
        self.environment = environment
        self.home = home
        self.model = model or r4()

    def at(self, this: Items, index: int | None = None) -> "Scope":
        """The same with another `$this`."""
        inner = Scope.__new__(Scope)
        inner.this = this
        inner.index = self.index if index is None else index
        inner.total = self.total
        inner.context = self.context
        inner.environment = self.environment
        inner.home = self.home
        inner.model = self.model
        return inner
