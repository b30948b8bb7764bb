"""Whether a code is written as UCUM writes units: its grammar, and not the list of its units.

A word that is no unit of UCUM passes, as the list is not shipped; a gap, a stray operator or an open bracket does not.
Spec page: https://ucum.org/ucum#section-Syntax-Rules
"""

import re
from functools import lru_cache

LONGEST = 200
"""Characters of the longest unit that is read; a longer one is taken as it is."""

_ATOM = r"(?:\[[!-Z\\^-~]+\]|[!#-'*,:-Z\\^-z|~]|[0-9])+(?:[+\-][0-9]+)?"
_NOTE = r"\{[ -z|~]*\}"
_COMPONENT = re.compile(rf"{_ATOM}(?:{_NOTE})?|{_NOTE}")
_INNERMOST = re.compile(r"\(([^()]*)\)(?:[+\-]?[0-9]+)?")
_ENCLOSED = re.compile(rf"{_NOTE}|\[[!-Z\\^-~]+\]")


@lru_cache(maxsize=1024)
def is_ucum(code: str) -> bool:
    """Whether the code keeps the grammar: components with `.` or `/` between them, and groups of those in brackets."""
    if not code.isascii() or len(code) > LONGEST:
        return len(code) > LONGEST
    plain = _ENCLOSED.sub(lambda found: found[0][0] + "x" + found[0][-1], code)  # in there a dot is no operator
    while (group := _INNERMOST.search(plain)) is not None:
        if not _is_term(group[1]):
            return False
        plain = f"{plain[: group.start()]}{_standing_for(plain, group)}{plain[group.end() :]}"
    return _is_term(plain)


def _standing_for(plain: str, group: re.Match[str]) -> str:
    """A unit in the place of a group, or what is no unit where a group may not stand."""
    before = plain[: group.start()]
    return "1" if before == "" or before[-1] in "./(" else " "


def _is_term(text: str) -> bool:
    return all(_COMPONENT.fullmatch(part) is not None for part in re.split(r"[./]", text.removeprefix("/")))
