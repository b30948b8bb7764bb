"""Regular expressions that others write, within an allowance.

Whether there is a match is told by the automaton. What that does not know, and every replacement, is for Python's
engine: only where the ways that it may have to try are few, by a bound that is read off the expression.
Spec page: http://hl7.org/fhirpath/N1/#matchesregex-string-boolean
"""

import re

from server.fhir.path.allowance import Allowance
from server.fhir.path.automaton import automaton
from server.fhir.path.errors import AllowanceSpent, EvaluationRefused
from server.fhir.path.regex import pattern
from server.fhir.path.strings import replace_matches

_MOST_WAYS = 4_000_000
_WAYS_PER_STEP = 16
_HIDDEN = re.compile(r"\\[1-9]|(\\.|\[\^?\]?(?:\\.|[^\]\\])*\])", re.DOTALL)
_OPENINGS = re.compile(r"\(\?(?::|=|!|<=|<!|P?<\w+>|>)")
_QUANTIFIER = re.compile(r"[*+?]|\{(\d*)(,?)(\d*)\}")
_TOO_MUCH = "The regular expression may take more work than is allowed here."


def matches(expression: str, text: str, allowance: Allowance, *, whole: bool) -> bool:
    """Whether a text, or a part of it, matches. Raises EvaluationRefused where that is not tried."""
    found = pattern(expression)
    try:
        machine = automaton(expression)
    except EvaluationRefused:
        _spend_ways(expression, text, allowance)
        return (found.fullmatch(text) if whole else found.search(text)) is not None
    return machine.matches(text, allowance.spend, whole=whole)


def replaced(value: str, expression: str, substitution: str, allowance: Allowance) -> str:
    """The text with what matches replaced, as `replaceMatches` does."""
    _spend_ways(expression, value, allowance)
    return replace_matches(value, expression, substitution)


def _spend_ways(expression: str, text: str, allowance: Allowance) -> None:
    ways = most_ways(expression, len(text))
    if ways is None:
        raise AllowanceSpent(_TOO_MUCH)
    allowance.spend(1 + ways // _WAYS_PER_STEP)


def most_ways(expression: str, length: int) -> int | None:
    """No search of a text of the length takes more steps than this; None when it is too many, or not to be told.

    Each part that may be there in several ways multiplies them, and the search may start at every character. A group
    that repeats, with such parts inside, is too many.
    """
    plain = _OPENINGS.sub("(", _HIDDEN.sub(lambda found: "x" if found[1] else "\\", expression))
    if "\\" in plain:  # a back reference
        return None
    found = (length + 1) * (len(expression) + 1) * 2 ** plain.count("|")
    varies = [False]
    """For the expression and each group that is open: whether something inside it may be there in several ways."""
    at, closed = 0, False
    while at < len(plain) and found <= _MOST_WAYS:
        quantifier = _QUANTIFIER.match(plain, at)
        if quantifier is not None:
            if closed:
                return None
            found *= _choices(quantifier, length)
            varies[-1] = True
            at, closed = quantifier.end(), False
            continue
        closed = False
        if plain[at] == "(":
            varies.append(False)
        elif plain[at] == "|":
            varies[-1] = True
        elif plain[at] == ")" and len(varies) > 1:
            closed = varies.pop()
            varies[-1] = varies[-1] or closed
        at += 1
    return found if found <= _MOST_WAYS else None


def _choices(quantifier: re.Match[str], length: int) -> int:
    if quantifier[0] == "?":
        return 2
    if quantifier[0] in ("*", "+") or (quantifier[2] and not quantifier[3]):
        return length + 1
    least, most = int(quantifier[1] or 0), int(quantifier[3] or quantifier[1] or 0)
    return max(most - least + 1, 1)
