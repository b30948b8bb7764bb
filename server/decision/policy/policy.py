"""One payer policy, as loaded: whom it is about (scope), what it asks (inputs and criteria), what then happens.

The outcomes are three and can't be others: criteria met approve, unknown asks, not met goes to a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from server.decision.finding import Citation
from server.decision.policy.criteria import Criterion, Input
from server.decision.request import Code, Quantity


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A code that a policy covers, for some lines of business, places and days; empty or None: all."""

    code: Code
    lines_of_business: frozenset[str] = frozenset()
    places: frozenset[Code] = frozenset()
    start: date | None = None
    end: date | None = None

    def applies(self, line_of_business: str, on: date, places: frozenset[Code]) -> bool:
        """Whether the row holds on the day; a row for some places needs the place to be stated."""
        if self.lines_of_business and line_of_business not in self.lines_of_business:
            return False
        if self.places and not self.places & places:
            return False
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)


@dataclass(frozen=True, slots=True)
class QuantityLimit:
    """The most that one request may be authorized for: a term of the contract that a named person signed."""

    allowed: Quantity
    units: frozenset[str]
    approver: str
    enabled: bool
    reason_code: str | None
    citation: Citation


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What happens when the criteria are met, unknown, or not met."""

    valid_days: int
    """Met: approved for these days."""
    asks: str
    """Unknown: the work queue that waits for the information."""
    refers: str
    """Not met: the work queue whose reviewer decides."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy."""

    id: str
    version: str
    title: str
    rows: tuple[ScopeRow, ...]
    citations: tuple[Citation, ...]
    inputs: Mapping[str, Input]
    criteria: Criterion
    outcomes: Outcomes
    forms: tuple[str, ...] = ()
    """Canonicals (url|version) of the forms that document the service."""
    limit: QuantityLimit | None = None
