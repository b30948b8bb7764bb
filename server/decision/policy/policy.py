"""One payer policy, as loaded."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy."""

    id: str
    version: str
