"""What a reviewer may decide about one item: seven kinds, each with all that the rules want of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.decision.plan.plan import ExtensionGround
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod
from server.fhir.json import Json


@dataclass(frozen=True, slots=True)
class Because:
    """Why less than the request is certified."""

    reasons: tuple[str, ...]
    """Codes of X12 list 886."""
    note: str
    """In words, about this patient."""
    criteria: tuple[str, ...] = ()
    """The ids of the criteria that it rests on; the id of the rule where the rule has no criteria."""


@dataclass(frozen=True, slots=True)
class Approve:
    """Certified as it was requested (A1)."""

    note: str = ""
    valid: DatePeriod | None = None
    """None: the days that the rule gives."""


@dataclass(frozen=True, slots=True)
class ApproveInPart:
    """Certified in a smaller quantity than requested (A6)."""

    allowed: Quantity
    because: Because
    valid: DatePeriod | None = None
    agreed: str = ""
    """Who of the requester agreed to it, when and in which writing; empty: nobody was asked."""


@dataclass(frozen=True, slots=True)
class Modify:
    """Something else is certified in place of the request (A6)."""

    modified: Mapping[str, Json]
    """By the name of the Claim.item element."""
    because: Because
    allowed: Quantity | None = None
    valid: DatePeriod | None = None
    agreed: str = ""


@dataclass(frozen=True, slots=True)
class Deny:
    """Not certified (A3)."""

    because: Because


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document by its LOINC code, or one of the item's forms by its canonical."""

    code: str | None = None
    form: str | None = None


@dataclass(frozen=True, slots=True)
class RequestInformation:
    """More is asked of the requester (A4 with 0U)."""

    wanted: tuple[Wanted, ...]
    note: str
    criteria: tuple[str, ...] = ()
    """The ids of the criteria that it would settle."""
    until: datetime | None = None
    """The end of the time to answer; None: the due time of the item."""


@dataclass(frozen=True, slots=True)
class Extend:
    """The due time is moved, once, on a ground that the plan allows."""

    due: datetime
    ground: ExtensionGround
    note: str


@dataclass(frozen=True, slots=True)
class Refer:
    """A physician is to decide."""

    summary: str
    """What the physician needs to know of the criteria that are not met or unknown; it stays inside."""


Decision = Approve | ApproveInPart | Modify | Deny | RequestInformation | Extend | Refer
