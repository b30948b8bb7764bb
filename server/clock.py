"""How time and ids enter: they are arguments, made here and handed down by the composition root."""

import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the current instant, timezone-aware, in UTC."""

_NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def system_clock() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC with milliseconds, always 24 characters, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _random_number(prefix: str) -> str:
    return prefix + "".join(secrets.choice(_NUMBER_ALPHABET) for _ in range(12))


@dataclass(frozen=True, slots=True)
class Ids:
    """Makes the ids and numbers that we hand out. Their uniqueness is the store's unique key, not chance alone."""

    new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    number: Callable[[str], str] = _random_number
    """A number for people, such as an authorization number: the prefix and 12 characters without 0, 1, I and O."""
