"""Matches regular expressions in time that grows with the text, whatever the expression: for those that others write.

Python's engine tries one way after the other, and there may be exponentially many; this one follows all of them at
once. It says whether there is a match and not where. What it does not know (looking around, back references, possessive
repetition) is refused.
Spec page: http://hl7.org/fhirpath/N1/#matchesregex-string-boolean
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.regex import translated

MAX_STATES = 1000
"""States of the largest expression that is tried."""

_DIGITS = re.compile(r"\{(\d*)(,?)(\d*)\}")
_AT_START, _AT_END, _BEFORE_LAST_LINE_END = 1, 2, 4
_ASSERTIONS = {"^": _AT_START, "\\A": _AT_START, "\\Z": _AT_END, "$": _AT_END | _BEFORE_LAST_LINE_END}
_ACCEPT = -1
_UNKNOWN = "The regular expression has a part that is not tried here."

Matches = Callable[[str], bool]


@dataclass(slots=True)
class _State:
    """Goes on to `next` without a character, or with one that `takes` takes, or where an assertion holds."""

    next: list[int] = field(default_factory=list)
    takes: Matches | None = None
    needs: int = 0


class Automaton:
    """One regular expression, ready to be asked. Any number of threads may use it."""

    def __init__(self, expression: str) -> None:
        self._states: list[_State] = []
        parser = _Parser(self._states, list(translated(expression)))
        self._start = parser.whole()

    def matches(self, text: str, spend: Callable[[int], None], *, whole: bool) -> bool:
        """Whether the text as a whole, or any part of it, matches. Each step is told to `spend`."""
        known: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        spend(len(text) >> 2)
        seeds = frozenset((self._start,))
        now = self._closed(seeds, _flags(text, 0), spend)
        for at, character in enumerate(text):
            if not whole and _ACCEPT in now:
                return True
            flags = _flags(text, at + 1)
            key = (now, character)
            following = known.get(key) if not flags else None
            if following is None:
                spend(1 + len(now))
                moved = self._moved(now, character)
                following = self._closed(moved if whole else moved | seeds, flags, spend)
                if not flags:
                    known[key] = following
            now = following
            if whole and not now:
                return False
        return _ACCEPT in now

    def _moved(self, now: frozenset[int], character: str) -> frozenset[int]:
        states = self._states
        return frozenset(
            target
            for state in now
            if state != _ACCEPT and (takes := states[state].takes) is not None and takes(character)
            for target in states[state].next
        )

    def _closed(self, seeds: frozenset[int], flags: int, spend: Callable[[int], None]) -> frozenset[int]:
        """Those that take a character, and the accepting one, after all moves that need none."""
        seen: set[int] = set()
        waiting = list(seeds)
        while waiting:
            at = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            if at == _ACCEPT:
                continue
            state = self._states[at]
            if state.takes is None and (not state.needs or state.needs & flags):
                waiting.extend(state.next)
        spend(len(seen))
        return frozenset(at for at in seen if at == _ACCEPT or self._states[at].takes is not None)


def _flags(text: str, at: int) -> int:
    left = len(text) - at
    found = _AT_START if at == 0 else 0
    if left == 0:
        return found | _AT_END
    return found | _BEFORE_LAST_LINE_END if left == 1 and text[-1] == "\n" else found


@dataclass(frozen=True, slots=True)
class _Piece:
    """States that one part of an expression was made of: where it is entered, and which ones lead out of it."""

    start: int
    ends: tuple[int, ...]


class _Parser:
    """Reads tokens as Python writes them. Each part is made again for each of its repetitions."""

    def __init__(self, states: list[_State], tokens: list[str]) -> None:
        self._states = states
        self._tokens = tokens
        self._at = 0

    def whole(self) -> int:
        piece = self._choice()
        if self._at < len(self._tokens):
            raise EvaluationRefused(_UNKNOWN)
        self._join(piece.ends, _ACCEPT)
        return piece.start

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _state(self, *next: int, takes: Matches | None = None, needs: int = 0) -> int:
        if len(self._states) >= MAX_STATES:
            raise EvaluationRefused("The regular expression is too large to be tried here.")
        self._states.append(_State(list(next), takes, needs))
        return len(self._states) - 1

    def _join(self, ends: tuple[int, ...], target: int) -> None:
        for end in ends:
            self._states[end].next.append(target)

    def _choice(self) -> _Piece:
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        start = self._state(*(branch.start for branch in branches))
        return _Piece(start, tuple(end for branch in branches for end in branch.ends))

    def _sequence(self) -> _Piece:
        start = self._state()
        ends: tuple[int, ...] = (start,)
        while self._peek() not in ("", "|", ")"):
            piece = self._repeated()
            self._join(ends, piece.start)
            ends = piece.ends
        return _Piece(start, ends)

    def _repeated(self) -> _Piece:
        begin = self._at
        piece = self._atom()
        least, most = self._quantifier()
        if (least, most) == (1, 1):
            return piece
        end = self._at
        pieces = [piece]
        for _ in range(max(least, most if most is not None else least, 1) - 1):
            self._at = begin
            pieces.append(self._atom())
        self._at = end
        return self._chained(pieces, least, most)

    def _chained(self, pieces: list[_Piece], least: int, most: int | None) -> _Piece:
        """One after the other; after the least number of them it may end, and without a most the last one repeats."""
        start = self._state()
        ends: tuple[int, ...] = (start,)
        leaving: list[int] = [start] if least == 0 else []
        for number, piece in enumerate(pieces if most != 0 else (), 1):
            self._join(ends, piece.start)
            after = self._state()
            self._join(piece.ends, after)
            ends = (after,)
            if number >= least:
                leaving.append(after)
            if most is None and number == len(pieces):
                self._states[after].next.append(piece.start)
        return _Piece(start, tuple(dict.fromkeys(leaving)))

    def _quantifier(self) -> tuple[int, int | None]:
        found: tuple[int, int | None] | None = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(self._peek())
        if found is not None:
            self._at += 1
        elif (counted := self._counted()) is not None:
            found = counted
        else:
            return 1, 1
        if self._peek() == "?":  # whether it prefers few makes no difference to whether there is a match
            self._at += 1
        if self._peek() in ("*", "+", "?") or self._counted() is not None:
            raise EvaluationRefused(_UNKNOWN)
        return found

    def _counted(self) -> tuple[int, int | None] | None:
        if self._peek() != "{":
            return None
        rest = "".join(self._tokens[self._at : self._at + 16])
        match = _DIGITS.match(rest)
        if match is None or match[0] in ("{}", "{,}"):
            return None
        self._at += len(match[0])
        least = int(match[1] or 0)
        most = least if not match[2] else int(match[3]) if match[3] else None
        if max(least, most or 0) > MAX_STATES:
            raise EvaluationRefused("The regular expression is too large to be tried here.")
        return least, most

    def _atom(self) -> _Piece:
        token = self._peek()
        self._at += 1
        if token in _ASSERTIONS:
            return self._single(self._state(needs=_ASSERTIONS[token]))
        if token == "(":
            return self._group()
        if token == "(?P<":
            while self._peek() not in ("", ">"):
                self._at += 1
            self._at += 1
            return self._closed_group()
        if token == "[":
            return self._single(self._state(takes=_taker(self._members())))
        if token in ("*", "+", "?", "") or token[:2] in ("\\b", "\\B", "(?") or re.match(r"\\\d", token):
            raise EvaluationRefused(_UNKNOWN)
        return self._single(self._state(takes=_taker(token)))

    def _single(self, state: int) -> _Piece:
        return _Piece(state, (state,))

    def _group(self) -> _Piece:
        if self._peek() == "?":
            if self._tokens[self._at + 1 : self._at + 2] != [":"]:
                raise EvaluationRefused(_UNKNOWN)
            self._at += 2
        return self._closed_group()

    def _closed_group(self) -> _Piece:
        piece = self._choice()
        if self._peek() != ")":
            raise EvaluationRefused(_UNKNOWN)
        self._at += 1
        return piece

    def _members(self) -> str:
        """A class of characters as it is written."""
        start = self._at - 1
        first = self._at + (1 if self._peek() == "^" else 0)
        self._at = first + 1
        while self._peek() != "]":
            if not self._peek():
                raise EvaluationRefused(_UNKNOWN)
            self._at += 1
        self._at += 1
        return "".join(self._tokens[start : self._at])


@lru_cache(maxsize=1024)
def _taker(token: str) -> Matches:
    """Whether one character is what a token stands for, by Python's own reading of it."""
    try:
        found = re.compile(token, re.DOTALL | re.ASCII).fullmatch
    except (re.error, OverflowError, Warning):
        raise EvaluationRefused("The regular expression can't be read.") from None
    return lambda character: found(character) is not None


@lru_cache(maxsize=128)
def automaton(expression: str) -> Automaton:
    """The automaton of a regular expression. Raises EvaluationRefused for one that it does not know."""
    try:
        return Automaton(expression)
    except RecursionError:
        raise EvaluationRefused(_UNKNOWN) from None
