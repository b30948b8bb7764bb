"""Who may do what to a case: the one table of roles, and the reviewer as a decision names them.

Only a physician, by licence and specialty, lowers or denies. Everyone else may certify what meets the criteria, ask
for more, or hand on to a physician.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Role = Literal[
    "intake", "nurse", "pharmacist", "physician", "medical-director", "care-manager", "supervisor", "auditor"
]


class Power(Enum):
    """Something that a reviewer may do, as it reads after "may"."""

    CLAIM = "claim a case"
    APPROVE = "approve"
    ASK = "request information"
    REFER = "refer to a physician"
    LOWER = "approve less than was requested or something else in its place"
    DENY = "deny"
    EXTEND = "extend the time to decide"


_CLINICIAN = frozenset({Power.CLAIM, Power.APPROVE, Power.ASK, Power.REFER})

POWERS: Mapping[Role, frozenset[Power]] = {
    "intake": frozenset({Power.CLAIM, Power.ASK, Power.REFER}),
    "nurse": _CLINICIAN,
    "pharmacist": _CLINICIAN,
    "physician": frozenset(Power),
    "medical-director": frozenset(Power),
    "care-manager": frozenset(),
    "supervisor": frozenset(),
    "auditor": frozenset(),
}
"""The powers of each role; a role without any reads only."""

PHYSICIANS: frozenset[Role] = frozenset({"physician", "medical-director"})
"""The roles that decide what was referred to a physician."""


@dataclass(frozen=True, slots=True)
class Reviewer:
    """The person at work. `licence` and `specialty` are theirs as the plan's staff records have them."""

    id: str
    role: Role
    licence: str | None = None
    specialty: str | None = None
    npi: str | None = None
    """National Provider Identifier, where they have one."""

    def may(self, power: Power) -> bool:
        """Whether the role has the power."""
        return power in POWERS[self.role]


def who_may(power: Power) -> str:
    """The roles that have the power, as a sentence lists them."""
    return ", ".join(role for role, powers in POWERS.items() if power in powers)
