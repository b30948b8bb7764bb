"""FHIRPath's dates, times and date-times: as precise as they were written, compared only as far as that goes.

Spec page: http://hl7.org/fhirpath/N1/#date
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from server.fhir.path.errors import EvaluationRefused

_DATE = r"(?P<y>[0-9]{4})(?:-(?P<mo>[0-9]{2})(?:-(?P<d>[0-9]{2}))?)?"
_TIME = r"(?P<h>[0-9]{2})(?::(?P<mi>[0-9]{2})(?::(?P<s>[0-9]{2}(?:\.[0-9]+)?))?)?"
_ZONE = r"(?P<z>Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE_ONLY = re.compile(_DATE)
_DATE_TIME = re.compile(f"{_DATE}(?:T(?:{_TIME}{_ZONE})?)?")
_TIME_ONLY = re.compile(_TIME)

_WIDEST_ZONE = 14 * 60
_DAY_SECONDS = 86400

YEAR, MONTH, DAY, HOUR, MINUTE, SECOND = range(1, 7)
"""Precision: how many components are given. Seconds and their fraction count as one."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A Date, DateTime or Time. `parts` are year, month, day, hour, minute, second, as many as were given; a Time's
    start at the hour. `zone` is minutes east of UTC, None when not given."""

    kind: str
    parts: tuple[int | Decimal, ...]
    zone: int | None = None
    text: str = ""

    @property
    def precision(self) -> int:
        """How many components are given; a Time counts from the hour."""
        return len(self.parts) + (DAY if self.kind == "Time" else 0)

    def __str__(self) -> str:
        return self.text or _written(self)


@lru_cache(maxsize=4096)
def parse(text: str, kind: str) -> Moment | None:
    """The Date, DateTime or Time in a text; None when it is none, or no calendar has it."""
    pattern = {"Date": _DATE_ONLY, "Time": _TIME_ONLY}.get(kind, _DATE_TIME)
    found = pattern.fullmatch(text)
    if not found:
        return None
    groups = found.groupdict()
    names = ("h", "mi", "s") if kind == "Time" else ("y", "mo", "d", "h", "mi", "s")
    given = [groups.get(name) for name in names]
    parts = tuple(_number(value, name) for value, name in zip(given, names, strict=True) if value is not None)
    moment = Moment(kind, parts, _zone(groups.get("z")), text.removesuffix("T"))
    return moment if _exists(moment) else None


def _number(text: str, name: str) -> int | Decimal:
    return Decimal(text) if name == "s" else int(text)


def _zone(text: str | None) -> int | None:
    if text is None:
        return None
    if text == "Z":
        return 0
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    return -minutes if text[0] == "-" else minutes


def _exists(moment: Moment) -> bool:
    """Whether the calendar and the clock have it. A leap second is allowed, as FHIR does."""
    parts = moment.parts
    if moment.kind != "Time":
        year, month, day = (*parts, 1, 1)[:3] if len(parts) < DAY else parts[:3]
        if year < 1 or not 1 <= month <= 12 or not 1 <= day <= monthrange(int(year), int(month))[1]:
            return False
        parts = parts[3:]
    hour, minute, second = (*parts, 0, 0, 0)[:3]
    return hour < 24 and minute < 60 and second < 61 and abs(moment.zone or 0) <= _WIDEST_ZONE


def _written(moment: Moment) -> str:
    if moment.kind == "Time":
        return _clock(moment.parts)
    text = "-".join(f"{part:0{width}d}" for part, width in zip(map(int, moment.parts[:3]), (4, 2, 2), strict=False))
    if len(moment.parts) > DAY:
        text += "T" + _clock(moment.parts[3:])
    return text + zone_text(moment.zone)


def zone_text(zone: int | None) -> str:
    """`Z`, `+05:30`, or nothing when there is none."""
    if zone is None:
        return ""
    return f"{'-' if zone < 0 else '+'}{abs(zone) // 60:02d}:{abs(zone) % 60:02d}" if zone else "Z"


def _clock(parts: tuple[int | Decimal, ...]) -> str:
    texts = [f"{int(part):02d}" for part in parts[:2]]
    if len(parts) > 2:
        whole, dot, fraction = f"{parts[2]:f}".partition(".")
        texts.append(whole.zfill(2) + dot + fraction)
    return ":".join(texts)


def compare(left: Moment, right: Moment) -> int | None:
    """-1, 0 or 1; None when one of them is not precise enough to tell. Both are Times, or none is."""
    if left.zone == right.zone and len(left.parts) == len(right.parts):
        return (left.parts > right.parts) - (left.parts < right.parts)
    if (left.zone is None) != (right.zone is None) and min(left.precision, right.precision) > DAY:
        return _across_unknown_zone(left, right)
    one, other = universal(left), universal(right)
    for ours, theirs in zip(one, other, strict=False):
        if ours != theirs:
            return -1 if ours < theirs else 1
    return 0 if len(one) == len(other) else None


def _across_unknown_zone(left: Moment, right: Moment) -> int | None:
    """The one without zone may be anywhere on earth: only what holds in every zone is known."""
    if left.zone is None:
        flipped = _across_unknown_zone(right, left)
        return None if flipped is None else -flipped
    results = {compare(left, replace(right, zone=zone)) for zone in (-12 * 60, _WIDEST_ZONE)}
    return results.pop() if len(results) == 1 else None


def universal(moment: Moment) -> tuple[int | Decimal, ...]:
    """The components in UTC. Without time of day, or zone, they stay."""
    if not moment.zone or moment.kind == "Time" or len(moment.parts) <= DAY:
        return moment.parts
    shifted = _shift_seconds(moment.parts, Decimal(-moment.zone * 60))
    return moment.parts if shifted is None else shifted[: len(moment.parts)]


def _shift_seconds(parts: tuple[int | Decimal, ...], seconds: Decimal) -> tuple[int | Decimal, ...] | None:
    """All six components of a date-time so many seconds later; None outside the calendar."""
    year, month, day, hour, minute, second = (*parts, 0, 0, 0)[:6]
    total = Decimal(int(hour) * 3600 + int(minute) * 60) + second + seconds
    days = int(total // _DAY_SECONDS) - (1 if total < 0 and total % _DAY_SECONDS else 0)
    rest = total - days * _DAY_SECONDS
    try:
        moved = date(int(year), int(month), int(day)) + timedelta(days=days)
    except OverflowError:
        return None
    clock = int(rest)
    return moved.year, moved.month, moved.day, clock // 3600, clock // 60 % 60, rest - clock // 60 * 60


_CALENDAR_MONTHS = {"year": 12, "month": 1}
_SECONDS: dict[str, Decimal | int] = {
    "week": 7 * _DAY_SECONDS,
    "day": _DAY_SECONDS,
    "hour": 3600,
    "minute": 60,
    "second": 1,
    "millisecond": Decimal("0.001"),
}


def add(moment: Moment, amount: Decimal, unit: str) -> Moment | None:
    """The moment a number of calendar units later, with its own precision; None outside the calendar.

    Raises EvaluationRefused for a unit that is no unit of time.
    """
    if unit in _CALENDAR_MONTHS:
        if moment.kind == "Time":
            raise EvaluationRefused("A Time has no years or months to add.")
        return _add_months(moment, int(amount) * _CALENDAR_MONTHS[unit])
    if unit not in _SECONDS:
        raise EvaluationRefused("Only a duration can be added to a date or time.")
    whole = amount if unit in ("second", "millisecond") else Decimal(int(amount))
    seconds = whole * _SECONDS[unit]
    return _add_to_time(moment, seconds) if moment.kind == "Time" else _add_seconds(moment, seconds, unit)


def _add_months(moment: Moment, months: int) -> Moment | None:
    parts = moment.parts
    if len(parts) == 1:
        months = (abs(months) // 12) * (12 if months >= 0 else -12)
    index = int(parts[0]) * 12 + (int(parts[1]) - 1 if len(parts) > 1 else 0) + months
    year, month = index // 12, index % 12 + 1
    if not 1 <= year <= 9999:
        return None
    day = [min(int(parts[2]), monthrange(year, month)[1])] if len(parts) > 2 else []
    return Moment(moment.kind, ((year, month, *day) + parts[3:])[: len(parts)], moment.zone)


def _add_seconds(moment: Moment, seconds: Decimal, unit: str) -> Moment | None:
    """A unit finer than the moment is turned into the moment's own, rounded down, as the specification says."""
    parts = moment.parts
    if len(parts) < DAY:
        days = int(seconds / _DAY_SECONDS)
        months = int(days / Decimal(365)) * 12 if len(parts) == YEAR else int(days / Decimal(30))
        return _add_months(moment, months)
    size = {DAY: _DAY_SECONDS, HOUR: 3600, MINUTE: 60}.get(len(parts), 0)
    if size:
        seconds = Decimal(int(seconds / size) * size)
    shifted = _shift_seconds(parts, seconds)
    if shifted is None:
        return None
    second = [_as_fine_as(shifted[5], parts[5])] if len(parts) == SECOND else []
    return Moment(moment.kind, shifted[: min(len(parts), MINUTE)] + tuple(second), moment.zone)


def _as_fine_as(second: int | Decimal, given: int | Decimal) -> Decimal:
    """A second keeps the digits it came with: what is added beyond them is cut off."""
    exponent = Decimal(given).as_tuple().exponent
    return Decimal(second).quantize(Decimal((0, (1,), int(exponent))), rounding="ROUND_DOWN")


def _add_to_time(moment: Moment, seconds: Decimal) -> Moment:
    anchored = Moment("DateTime", (2000, 1, 1, *moment.parts))
    shifted = _add_seconds(anchored, seconds % _DAY_SECONDS, "second")
    assert shifted is not None  # the anchor is far from both ends of the calendar
    return Moment("Time", shifted.parts[3:])
