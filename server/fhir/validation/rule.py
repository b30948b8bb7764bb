"""A rule is two closures over plain JSON: a fast yes or no, and a slower one that says what is wrong and where.

The second runs only after a no, or where someone asked for warnings: valid traffic never pays for places and sentences.
Spec page: https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from server.fhir.json import Json
from server.fhir.validation.finding import Findings
from server.fhir.validation.scope import Scope

if TYPE_CHECKING:
    from server.fhir.validation.generated import Source

Ok = Callable[[Json, Scope], bool]
"""Whether a value keeps the rule."""

Report = Callable[[Json, Scope, str, Findings], None]
"""Adds what is wrong with a value at a place (FHIRPath). Adds an error exactly when the yes or no says no."""

Write = Callable[["Source", str], None]
"""Adds the lines that refuse a value by its name, in place of a call of the yes or no."""

WriteKnown = Callable[["Source", Mapping[str, str]], None]
"""The same of an object whose children are right, by the names of their values: none where its keys are proof."""


class Check(Protocol):
    """A check of a value. It takes a scope as well, so that it is a rule's fast form without another call around it."""

    def __call__(self, value: Json, scope: Scope | None = None, /) -> bool:
        """Whether a JSON value, never null, is of a primitive type."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in its two forms, which always agree."""

    ok: Ok
    report: Report
    made_of: tuple[Rule, ...] = ()
    """The rules whose checks `ok` asks one after the other, where it does nothing else."""
    write: Write | None = None
    write_known: WriteKnown | None = None

    @property
    def parts(self) -> tuple[Rule, ...]:
        """The rules whose checks are to be asked for the whole."""
        return self.made_of or (() if self.ok is _fine else (self,))


def _fine(value: Json, scope: Scope) -> bool:
    return True


def _silent(value: Json, scope: Scope, place: str, findings: Findings) -> None:
    return None


NOTHING = Rule(_fine, _silent)
"""The rule that every value keeps."""


def quick(ok: Ok) -> Ok | None:
    """The fast form of a rule; None for the one that asks nothing."""
    return None if ok is _fine else ok


def sentence(
    ok: Ok,
    message: str,
    code: str,
    text: str,
    *,
    write: Write | None = None,
    write_known: WriteKnown | None = None,
) -> Rule:
    """A rule whose breach is always the same sentence."""

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if not ok(value, scope):
            findings.error(message, code, place, text)

    return Rule(ok, report, write=write, write_known=write_known)


def advice(ok: Ok, message: str, code: str, text: str) -> Rule:
    """A rule whose breach is a warning: nothing is refused for it."""

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        if not ok(value, scope):
            findings.warning(message, code, place, text)

    return Rule(_fine, report)


def all_of(rules: Sequence[Rule]) -> Rule:
    """The rules together. All of them report."""
    kept = [rule for rule in rules if rule is not NOTHING]
    if len(kept) < 2:
        return kept[0] if kept else NOTHING
    parts = tuple(part for rule in kept for part in rule.parts)
    oks = tuple(part.ok for part in parts)
    reports = tuple(rule.report for rule in kept)

    def every(value: Json, scope: Scope) -> bool:
        for ok in oks:  # noqa: SIM110 - a generator inside of all() costs a frame for each value
            if not ok(value, scope):
                return False
        return True

    def report(value: Json, scope: Scope, place: str, findings: Findings) -> None:
        for one in reports:
            one(value, scope, place, findings)

    return Rule(_fine if not oks else oks[0] if len(oks) == 1 else every, report, parts)


def any_of(rules: Sequence[Rule]) -> Rule:
    """One of the rules must be kept. With several, a breach is reported as one."""
    if len(rules) < 2:
        return rules[0] if rules else NOTHING
    oks = tuple(rule.ok for rule in rules)

    def ok(value: Json, scope: Scope) -> bool:
        return any(one(value, scope) for one in oks)

    return sentence(ok, "profile-none", "invalid", "The value fits none of the profiles that it may have here.")
