"""Whether a requested quantity is within a limit of the contract."""

from collections.abc import Set
from enum import Enum

from server.decision.request import Quantity


class Against(Enum):
    """How a requested quantity compares with the quantity that a limit allows."""

    WITHIN = "within"
    OVER = "over"
    INCOMPARABLE = "incomparable"


def compare(requested: Quantity | None, allowed: Quantity, units: Set[str] = frozenset()) -> Against:
    """Compares the quantities. `units` are the units that count as the unit of the limit.

    No quantity counts as within: what is authorized is then the limit itself, which `ItemDetermination.allowed` says.
    A quantity without a unit counts as one in the unit of the limit. Any other unit can't be compared.
    """
    if requested is None:
        return Against.WITHIN
    written = {unit for unit in (requested.code, requested.unit) if unit}
    accepted = units | {unit for unit in (allowed.code, allowed.unit) if unit}
    if written and accepted and not written & accepted:
        return Against.INCOMPARABLE
    return Against.OVER if requested.value > allowed.value else Against.WITHIN


def shown(quantity: Quantity) -> str:
    """The quantity as a person reads it."""
    return f"{quantity.value:f} {quantity.unit or quantity.code or 'units'}"
