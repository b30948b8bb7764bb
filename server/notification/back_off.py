"""When a notification that was not accepted is sent again.

At first soon, then every minute, for a quarter of an hour; then the Subscription is in error and its endpoint is only
asked now and then, so that one that comes back after a long night still gets everything.
"""

from datetime import datetime, timedelta
from hashlib import sha256

FIRST = timedelta(seconds=2)
"""The longest time until the second attempt."""

LONGEST = timedelta(seconds=60)
"""The longest time between two attempts before the endpoint counts as failing."""

ATTEMPTS = 8
"""Refusals of one event after which it may be the event: one and a half to three minutes of them."""

PATIENCE = timedelta(minutes=15)
"""Time of failed attempts after which a Subscription is in error."""

PROBE = timedelta(minutes=5)
LONGEST_PROBE = timedelta(hours=1)

END = timedelta(days=7)
"""Time of failed attempts after which an endpoint is not asked any more."""


def after_attempt(id: str, attempts: int, now: datetime) -> datetime:
    """When to try again: at most 2 seconds after the first attempt, twice as long after each further one.

    Half of the time is by chance, so that many that failed together don't come back together; the chance is taken
    from the id and the number of attempts, so it needs no source of its own.
    """
    longest = min(FIRST * (1 << min(attempts - 1, 10)), LONGEST)
    return now + longest * (0.5 + 0.5 * _chance(f"{id}/{attempts}"))


def gives_up(since: datetime, now: datetime) -> bool:
    """Whether attempts have failed for so long that the Subscription is in error."""
    return now - since >= PATIENCE


def next_probe(since: datetime, now: datetime) -> datetime | None:
    """When an endpoint in error is asked again; None when it has failed for too long."""
    failing = now - since
    return now + min(max(failing / 3, PROBE), LONGEST_PROBE) if failing < END else None


def _chance(text: str) -> float:
    return int.from_bytes(sha256(text.encode()).digest()[:4], "big") / 2**32
