"""Days before and after a day, at the ends of the calendar too: a request may name any day of the years 1 to 9999."""

from datetime import date, timedelta


def shifted(day: date, days: int) -> date:
    """The day so many days later (earlier, when negative), or the first or last day of the calendar."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max if days > 0 else date.min
