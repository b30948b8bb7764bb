"""What was decided. No member of `Outcome` can express a clinical denial, reduction or delay: a machine has no such
answer. `Excluded` and `Limited` are terms of the contract, signed by a named person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from server.decision.finding import Citation, Finding, Missing
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, in plain words for a person. `code` is a code of X12 list 886 for adverse and pended items."""

    text: str
    code: str | None = None
    criteria: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotRequired:
    """The service needs no authorization; a request for it is certified all the same."""

    valid: DatePeriod


@dataclass(frozen=True, slots=True)
class Approved:
    """Every criterion is met; certified as requested."""

    valid: DatePeriod


@dataclass(frozen=True, slots=True)
class Limited:
    """Certified up to a limit of the contract that a named person signed; more was requested."""

    valid: DatePeriod
    allowed: Quantity
    limit: str
    approver: str


@dataclass(frozen=True, slots=True)
class Excluded:
    """Not a benefit of the contract: no clinical criterion is in it, a named person signed it."""

    exclusion: str
    approver: str


@dataclass(frozen=True, slots=True)
class Pended:
    """Waits for information from the requester, or for the review of a person; it has an owner and a due time."""

    waits_for: Literal["information", "review"]
    owner: str
    due: datetime


Outcome = NotRequired | Approved | Limited | Excluded | Pended


class Covered(Enum):
    """Whether the service is a benefit."""

    COVERED = "covered"
    NOT_COVERED = "not-covered"
    CONDITIONAL = "conditional"


@dataclass(frozen=True, slots=True)
class Rule:
    """What decided: a policy with its version, or a rule of the plan."""

    kind: Literal["policy", "plan"]
    id: str
    version: str
    title: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemDetermination:
    """The determination of one requested item, with everything that explains it."""

    sequence: int
    outcome: Outcome
    covered: Covered
    authorization_required: bool
    rule: Rule
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing: tuple[Missing, ...] = ()
    """The smallest set of questions whose answers can still change the outcome."""
    would_change: tuple[str, ...] = ()
    """Plain sentences: what would change the answer."""
    forms: tuple[str, ...] = ()
    """Canonicals (url|version) of the forms that document the service."""
    owner: str | None = None
    allowed: Quantity | None = None
    """The most that the authorization covers by a contract limit, also when less (or no quantity) was requested."""


@dataclass(frozen=True, slots=True)
class Determination:
    """The determinations of all items of one request, in the order of the request."""

    items: tuple[ItemDetermination, ...]
    decided: datetime
    plan: str
