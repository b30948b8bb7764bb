"""Reads `Subscription.channel.header`: lines that are sent with each notification, and that must stay lines.

Spec page: https://hl7.org/fhir/R4/subscription-definitions.html#Subscription.channel.header
"""

import re

from server.errors import Issue
from server.fhir.json import Json

MAX_HEADERS = 50
MAX_HEADER_CHARACTERS = 8_000

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")
_VALUE = re.compile(r"[\x20-\x7e\x80-\U0010ffff]*")
_OURS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
)
"""Headers that say how a message is sent: who writes them could end ours and begin another."""

_WHERE = "Subscription.channel.header"


def read_headers(lines: Json, payload: str) -> tuple[tuple[tuple[str, str], ...], list[Issue]]:
    """Names and values of the lines, split at the first colon and space; and what is wrong with them.

    A Content-Type that repeats the payload's type is left out, as it is sent anyway.
    """
    if not isinstance(lines, list) or len(lines) > MAX_HEADERS:
        return (), [Issue("structure", f"The headers are a list of at most {MAX_HEADERS} lines.", _WHERE)]
    read: list[tuple[str, str]] = []
    issues: list[Issue] = []
    for position, line in enumerate(lines):
        found = _split(line)
        if found is None:
            issues.append(Issue("value", _FORM, f"{_WHERE}[{position}]"))
        elif found[0].lower() == "content-type":
            if found[1] != payload:
                issues.append(Issue("value", _TYPE, f"{_WHERE}[{position}]"))
        elif found[0].lower() in _OURS or found[0].lower().startswith("proxy-"):
            issues.append(Issue("value", _FORBIDDEN, f"{_WHERE}[{position}]"))
        else:
            read.append(found)
    return tuple(read), issues


_FORM = f"A header is one line `Name: value` of at most {MAX_HEADER_CHARACTERS} characters without control characters."
_TYPE = "The Content-Type of notifications is channel.payload; leave the header out."
_FORBIDDEN = "This header is set by whoever sends the message; leave it out."


def _split(line: Json) -> tuple[str, str] | None:
    if not isinstance(line, str) or len(line) > MAX_HEADER_CHARACTERS:
        return None
    name, colon, value = line.partition(": ") if ": " in line else line.partition(":")
    if not colon or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
        return None
    return name, value
