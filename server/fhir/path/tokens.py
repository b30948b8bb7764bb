"""Splits an expression into tokens.

Spec page: http://hl7.org/fhirpath/N1/#lexical-elements
"""

import re
from dataclasses import dataclass

from server.fhir.path.errors import PathRefused

MAX_LENGTH = 100_000
"""Characters of the longest expression that is read."""

_CLOCK = r"[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
_TOKEN = re.compile(
    rf"""
    (?P<gap>\s+|//[^\r\n]*|/\*.*?\*/)
  | (?P<time>@T{_CLOCK})
  | (?P<datetime>@[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}})?)?T(?:{_CLOCK}(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})?)?)
  | (?P<date>@[0-9]{{4}}(?:-[0-9]{{2}}(?:-[0-9]{{2}})?)?)
  | (?P<number>[0-9]+(?:\.[0-9]+)?)
  | (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<quoted>`(?:[^`\\]|\\.)*`)
  | (?P<special>\$(?:this|index|total)\b)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<symbol><=|>=|!=|!~|[-+*/&|<>=~.,()\[\]{{}}%])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"f": "\f", "n": "\n", "r": "\r", "t": "\t"} | {char: char for char in "`'\"\\/"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is a group of the pattern or `end`, `text` its text with quotes removed and escapes read."""

    kind: str
    text: str
    at: int


def tokens(expression: str) -> list[Token]:
    """All tokens of an expression and an `end`. Raises PathRefused at what starts none."""
    if len(expression) > MAX_LENGTH:
        raise PathRefused(f"The expression is longer than {MAX_LENGTH} characters.", "", 0)
    found: list[Token] = []
    at = 0
    while at < len(expression):
        match = _TOKEN.match(expression, at)
        if match is None:
            raise PathRefused(_why(expression, at), expression, at)
        kind, text = str(match.lastgroup), match.group()
        if kind in ("string", "quoted"):
            text = _unescaped(expression, text[1:-1], at + 1)
        if kind != "gap":
            found.append(Token(kind, text, at))
        at = match.end()
    return [*found, Token("end", "", at)]


def _why(expression: str, at: int) -> str:
    if expression[at] in "'`":
        return "This quote is not closed."
    if expression[at] == "@":
        return "This is no date or time: write @2024, @2024-05-06, @2024-05-06T07:08:09Z or @T07:08."
    return "No FHIRPath token starts here."


def _unescaped(expression: str, text: str, at: int) -> str:
    if "\\" not in text:
        return text

    def read(match: re.Match[str]) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2] not in _ESCAPES:
            raise PathRefused("This escape sequence does not exist.", expression, at + match.start())
        return _ESCAPES[match[2]]

    return _ESCAPE.sub(read, text)
