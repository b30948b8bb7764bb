"""Where a page ends, as an opaque text in the `next` link: a place in the order, so that later writes move nothing."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

_PLACE = re.compile(r"([0-9TZ:.\-]{24})/([A-Za-z0-9\-.]{1,64})")


class CursorRefused(ValueError):
    """The text is no cursor of this server."""


def write_cursor(place: tuple[str, str]) -> str:
    """The cursor of a place: the instant and the id of the page's last match."""
    return urlsafe_b64encode("/".join(place).encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[str, str]:
    """The place of a cursor. Raises CursorRefused."""
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeError, ValueError):
        raise CursorRefused from None
    found = _PLACE.fullmatch(plain)
    if not found:
        raise CursorRefused
    return found[1], found[2]
