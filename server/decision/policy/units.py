"""Units of measure: a value is compared only when its unit is the threshold's, or converts into it exactly.

The bound of the criterion is turned into the unit of the value, as the factor of that direction is an exact decimal;
the value itself is never rounded. A unit outside the table leaves the criterion unknown.
Spec page: https://ucum.org/ucum
"""

from collections.abc import Mapping
from decimal import Decimal

from server.decision.request import Quantity
from server.fhir.codes import UCUM

_EXACT: Mapping[tuple[str, str], Decimal] = {
    ("mm[Hg]", "kPa"): Decimal("0.133322"),
    ("%", "1"): Decimal("0.01"),
    ("L/min", "mL/min"): Decimal(1000),
    ("wk", "d"): Decimal(7),
    ("kg", "g"): Decimal(1000),
    ("m", "cm"): Decimal(100),
    ("g/dL", "g/L"): Decimal(10),
}
"""From the unit of the threshold to the unit of the value. UCUM defines m[Hg] as exactly 133.322 kPa."""


def factor(threshold_unit: str, value: Quantity) -> Decimal | None:
    """What the threshold is multiplied with to be in the unit of the value; None when the value can't be compared.

    The coded unit counts. Without one, a unit in words counts only when it is the UCUM code itself.
    """
    unit = value.code if value.code is not None else value.unit
    if value.code is not None and value.system not in (UCUM, None):
        return None
    if unit is None:
        return Decimal(1) if threshold_unit == "1" else None
    if unit == threshold_unit:
        return Decimal(1)
    return _EXACT.get((threshold_unit, unit))
