"""What is asked for, in the decision's own words: parsed from orders and Claims by `intake`, valid as it exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from server.fhir.dates import DatePeriod


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
    """Further elements of the order by FHIRPath from its root, e.g. "intent", "priority", "performerType"."""


@dataclass(frozen=True, slots=True)
class Request:
    """All items that are decided together, for one member."""

    member: Member
    items: tuple[RequestedItem, ...]
    received: datetime
    expedited: bool = False
