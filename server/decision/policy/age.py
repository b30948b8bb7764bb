"""A member's age on a day, from a birth date that may be partial."""

from datetime import date
from decimal import Decimal

from server.decision.request import Quantity
from server.fhir.codes import UCUM
from server.fhir.dates import DateRefused, first_day, last_day


def ages(birth_date: str, on: date) -> tuple[Quantity, ...]:
    """The lowest and highest age in whole years that the birth date may mean; nothing when it is no date."""
    try:
        youngest, oldest = last_day(birth_date), first_day(birth_date)
    except DateRefused:
        return ()
    years = sorted({_years(youngest, on), _years(oldest, on)})
    return tuple(Quantity(Decimal(each), "years", UCUM, "a") for each in years if each >= 0)


def _years(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
