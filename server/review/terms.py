"""What a decision rests on beyond the case: what the Claim asked for, what the plan allows, and the ids it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.cases.case import CaseItem
from server.decision.plan.plan import Extension
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod


@dataclass(frozen=True, slots=True)
class Line:
    """One item of the Claim, as far as a decision looks at it."""

    serviced: DatePeriod | None = None
    requested: Quantity | None = None
    valid_days: int | None = None
    """For how many days its rule authorizes; None when the rule is not in force any more."""


@dataclass(frozen=True, slots=True)
class Terms:
    """All of it, for one act."""

    number: str
    """The authorization number of all that this act certifies."""
    new_id: Callable[[], str]
    lines: Mapping[int, Line] = field(default_factory=dict)
    """By the item's sequence."""
    extension: Extension | None = None
    """How the due time may be moved."""

    def line(self, item: CaseItem) -> Line:
        """The line of an item; one that tells nothing where the Claim has none of its sequence."""
        return self.lines.get(item.sequence, Line())
