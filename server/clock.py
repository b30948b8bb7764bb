"""How time and ids enter: they are arguments, made here and handed down by the composition root.

Spec page: https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-7
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the current instant, timezone-aware, in UTC."""

_NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def system_clock() -> datetime:
    """The current instant in UTC."""
    return datetime.now(UTC)


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC with milliseconds, always 24 characters, so that text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


_DRAWN_TOGETHER = 256
_SIZE = 16


class _Chance:
    """Random bytes of the system, drawn for many ids at once.

    Each draw lets other threads go first. A request needs some fifty, and waited for the store's thread at every one:
    it was a tenth of the time of $submit under load.
    """

    def __init__(self) -> None:
        self._left: list[bytes] = []

    def draw(self) -> bytes:
        """Bytes that nobody else is given."""
        while True:
            try:
                return self._left.pop()
            except IndexError:
                drawn = os.urandom(_DRAWN_TOGETHER * _SIZE)
                self._left.extend(drawn[at : at + _SIZE] for at in range(0, len(drawn), _SIZE))

    def new_id(self) -> str:
        """A UUID of version 7: the millisecond, then 74 random bits."""
        moment, chance = time.time_ns() // 1_000_000, int.from_bytes(self.draw())
        made = moment << 80 | 7 << 76 | (chance >> 52 & 0xFFF) << 64 | 2 << 62 | chance & 0x3FFF_FFFF_FFFF_FFFF
        digits = f"{made:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def number(self, prefix: str) -> str:
        """The prefix and twelve characters, all equally likely: there are 32 of them."""
        return prefix + "".join(_NUMBER_ALPHABET[byte % 32] for byte in self.draw()[:12])


@dataclass(frozen=True, slots=True)
class Ids:
    """Makes the ids and numbers that we hand out. Their uniqueness is the store's unique key, not chance alone.

    Ids are in the order of their making, so that a store writes new ones side by side, not each to a page of its own.
    Made in the process that uses it: what was drawn beforehand must not be in two.
    """

    new_id: Callable[[], str] = field(default_factory=lambda: _Chance().new_id)
    number: Callable[[str], str] = field(default_factory=lambda: _Chance().number)
    """A number for people, such as an authorization number: the prefix and 12 characters without 0, 1, I and O."""
