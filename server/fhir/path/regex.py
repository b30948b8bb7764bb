r"""Reads regular expressions as the guides write them: for Java and JavaScript, where `[\w-.]` has a plain hyphen.

`\d`, `\w` and `\s` mean ASCII there; a dot stands for a line's end too, as FHIRPath says. Classes of Unicode properties
(`\p{L}`) do not exist in Python and are refused.
Spec page: http://hl7.org/fhirpath/N1/#matchesregex-string-boolean
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from server.fhir.path.errors import EvaluationRefused

_TOKEN = re.compile(r"\\u[0-9a-fA-F]{4}|\\x[0-9a-fA-F]{2}|\\.|\(\?<(?=[A-Za-z])|.", re.DOTALL)
_SETS = frozenset({"\\d", "\\D", "\\w", "\\W", "\\s", "\\S"})
_ENDS = {"\\z": "\\Z", "\\Z": "(?=\\n?\\Z)", "(?<": "(?P<"}


@lru_cache(maxsize=1024)
def pattern(expression: str) -> re.Pattern[str]:
    """The compiled regular expression. Raises EvaluationRefused when it can't be read."""
    try:
        return re.compile("".join(translated(expression)), re.DOTALL | re.ASCII)
    except (re.error, RecursionError, OverflowError, Warning):  # a set within a set is a warning, and may be an error
        raise EvaluationRefused("The regular expression can't be read.") from None


def translated(expression: str) -> Iterator[str]:
    """The tokens as Python writes them."""
    tokens = _TOKEN.findall(expression)
    start: int | None = None
    for at, token in enumerate(tokens):
        if start is None:
            start = at if token == "[" else None
            yield _ENDS.get(token, token)
        elif token == "]" and at > _first(tokens, start):
            start = None
            yield token
        else:
            yield _in_class(tokens, at, start)


def _first(tokens: list[str], start: int) -> int:
    """Where the first member of a class stands: there a bracket closes nothing."""
    return start + (1 if tokens[start + 1 : start + 2] == ["^"] else 0)


def _in_class(tokens: list[str], at: int, start: int) -> str:
    """A member of a class. A hyphen beside a set of characters is itself, and a bracket opens nothing."""
    token = tokens[at]
    if token == "[":
        return "\\["
    beside = {tokens[at - 1], *tokens[at + 1 : at + 2]}
    if token == "-" and at - 1 > start and beside & _SETS:
        return "\\-"
    return token
