"""The language of criteria: a tree of conditions over inputs, and the sources that an input is read from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from server.decision.codes import canonical
from server.decision.finding import Citation
from server.decision.request import Code
from server.fhir.codes import ICD10CM
from server.fhir.path.compile import Path


@dataclass(frozen=True, slots=True)
class ValueSet:
    """A set of codes: each listed one, and all codes of the listed ICD-10-CM families (J44 holds J44.1)."""

    id: str
    title: str
    codes: frozenset[Code]
    families: frozenset[str] = frozenset()

    def __contains__(self, code: Code) -> bool:
        plain = _plain(canonical(code))
        if plain in self.codes:
            return True
        if plain.system != ICD10CM:
            return False
        return any(plain.code[:length] in self.families for length in range(3, len(plain.code) + 1))


def value_set(id: str, title: str, codes: tuple[Code, ...], families: tuple[Code, ...] = ()) -> ValueSet:
    """A value set whose ICD-10-CM codes match with and without their dot."""
    return ValueSet(
        id,
        title,
        frozenset(_plain(canonical(code)) for code in codes),
        frozenset(_plain(code).code for code in families),
    )


def _plain(code: Code) -> Code:
    return Code(code.system, code.code.replace(".", "").upper()) if code.system == ICD10CM else code


Comparator = Literal["at_least", "at_most", "above", "below", "equals"]


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a threshold."""

    comparator: Comparator
    value: Decimal

    def holds(self, value: Decimal, factor: Decimal) -> bool:
        """Whether the value holds; `factor` turns the bound exactly into the unit of the value."""
        bound = self.value * factor
        match self.comparator:
            case "at_least":
                return value >= bound
            case "at_most":
                return value <= bound
            case "above":
                return value > bound
            case "below":
                return value < bound
            case "equals":
                return value == bound


@dataclass(frozen=True, slots=True)
class Compare:
    """The quantity is within all bounds, which are in the UCUM unit."""

    bounds: tuple[Bound, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class InSet:
    """A code is in the value set."""

    value_set: ValueSet


@dataclass(frozen=True, slots=True)
class Is:
    """The answer is yes, or is no."""

    value: bool


@dataclass(frozen=True, slots=True)
class Within:
    """The date is at most so many days before the receipt of the request, or before the first day of the service."""

    days: int
    before: Literal["receipt", "service"]


@dataclass(frozen=True, slots=True)
class Known:
    """There is any value."""


Condition = Compare | InSet | Is | Within | Known


@dataclass(frozen=True, slots=True)
class FromObservation:
    """The latest Observation that counts, with one of the codes; its value, or its date."""

    codes: frozenset[Code]
    take: Literal["value", "date"] = "value"


@dataclass(frozen=True, slots=True)
class FromForm:
    """The latest answer to an item of a form, by the canonical without version."""

    questionnaire: str
    link_id: str


@dataclass(frozen=True, slots=True)
class FromConditions:
    """Conditions, and the diagnoses of the request; with a value set: yes when one of them is in it, and never no."""

    within: ValueSet | None = None


@dataclass(frozen=True, slots=True)
class FromOrder:
    """An element of the order, by its FHIRPath from the order's root."""

    path: str
    compiled: Mapping[str, Path] = field(default_factory=dict, compare=False, repr=False)
    """The expression by type of order."""


@dataclass(frozen=True, slots=True)
class FromRequest:
    """What the item itself says."""

    element: Literal["quantity", "place", "modifiers"]


@dataclass(frozen=True, slots=True)
class FromMember:
    """The member's age in years on the day of the decision. No other attribute of a person is readable."""


@dataclass(frozen=True, slots=True)
class FromAuthorization:
    """Authorizations on file that are valid on the first day of the service, or the day of the decision."""

    codes: frozenset[Code]


InputSource = FromObservation | FromForm | FromConditions | FromOrder | FromRequest | FromMember | FromAuthorization


@dataclass(frozen=True, slots=True)
class Input:
    """One fact that criteria ask for: how to ask for it, where it may come from, how old it may be."""

    id: str
    ask: str
    sources: tuple[InputSource, ...]
    window: Within | None = None
    form: str | None = None
    """Canonical (url|version) and item of the form that asks for it."""
    link_id: str | None = None
    attachment: str | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A known value of another input that makes this criterion unknown instead of met."""

    input: str
    condition: Compare


@dataclass(frozen=True, slots=True)
class Leaf:
    """One question: does the input fulfil the condition?"""

    id: str
    text: str
    input: str
    condition: Condition
    citation: Citation
    contradicted_by: tuple[Contradiction, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria taken together: all, any, at least `count`, or not (of one)."""

    id: str
    text: str
    kind: Literal["all", "any", "at_least", "not"]
    children: tuple["Criterion", ...]
    count: int = 0
    citation: Citation | None = None


Criterion = Leaf | Group


def leaves(criterion: Criterion) -> tuple[Leaf, ...]:
    """All leaves of the tree, in its order."""
    if isinstance(criterion, Leaf):
        return (criterion,)
    return tuple(leaf for child in criterion.children for leaf in leaves(child))
