"""What is asked for, in the decision's own words: parsed from orders and Claims by `intake`, valid as it exists."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from server.fhir.dates import DatePeriod
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class Code:
    """A coding. Two codes are equal when system and code are; the display is for people."""

    system: str
    code: str
    display: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A FHIR Quantity with its exact value; `code` and `system` are the coded unit."""

    value: Decimal
    unit: str | None = None
    system: str | None = None
    code: str | None = None


Value = Quantity | Code | Decimal | str | bool
"""The value of a fact or an answer. Dates are kept as FHIR text."""


@dataclass(frozen=True, slots=True)
class Member:
    """The payer's person, and the coverage that was found for the request."""

    id: str
    plan: str
    line_of_business: str
    birth_date: str | None
    coverage: DatePeriod


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order as it came, for the elements that a policy names by FHIRPath."""

    resource: Mapping[str, Json]
    find: Callable[[str], Json | None]
    """Gives the resource that a literal reference of the order means; None when it did not come along."""


@dataclass(frozen=True, slots=True)
class RequestedItem:
    """One thing asked for: a draft order of a hook, or one `Claim.item` by its unchanging sequence."""

    sequence: int
    source: str
    """Where it was read: a FHIRPath into the request ("Claim.item[0]") or the order's reference."""
    codes: tuple[Code, ...]
    """Every code by which a rule may name it, the real service (requestedService) before the billed one."""
    quantity: Quantity | None = None
    serviced: DatePeriod | None = None
    place: tuple[Code, ...] = ()
    modifiers: tuple[Code, ...] = ()
    diagnoses: tuple[Code, ...] = ()
    attributes: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    """Elements of the order that are read for every request, by name: "intent", "priority", "performerType"."""
    order: Ordered | None = field(default=None, compare=False, repr=False)
    """The order itself, where one came: any other element of it is read from here."""


@dataclass(frozen=True, slots=True)
class Request:
    """All items that are decided together, for one member."""

    member: Member
    items: tuple[RequestedItem, ...]
    received: datetime
    expedited: bool = False
