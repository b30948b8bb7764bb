"""The state of one criterion, three-valued, with the evidence for it and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """Met, not met or unknown. Unknown never counts as not met."""

    MET = "met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"


def all_of(states: Sequence[State]) -> State:
    """Kleene's and: any not-met decides; else any unknown leaves it open."""
    if State.NOT_MET in states:
        return State.NOT_MET
    return State.UNKNOWN if State.UNKNOWN in states else State.MET


def any_of(states: Sequence[State]) -> State:
    """Kleene's or: any met decides; else any unknown leaves it open."""
    if State.MET in states:
        return State.MET
    return State.UNKNOWN if State.UNKNOWN in states else State.NOT_MET


def at_least(count: int, states: Sequence[State]) -> State:
    """Met when `count` are met; not met when even the unknown ones could not reach it; else unknown."""
    met = states.count(State.MET)
    if met >= count:
        return State.MET
    return State.UNKNOWN if met + states.count(State.UNKNOWN) >= count else State.NOT_MET


def negate(state: State) -> State:
    """Swaps met and not met; unknown stays unknown."""
    return {State.MET: State.NOT_MET, State.NOT_MET: State.MET, State.UNKNOWN: State.UNKNOWN}[state]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen, and where: resource and element, the value as a person reads it, its date as FHIR text."""

    resource: str
    element: str
    shown: str
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """The source of a criterion or threshold: document, page or section, date, link."""

    document: str
    page: str
    date: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact that would settle an unknown: what to ask, and by which item of which form or which document."""

    criterion: str
    ask: str
    questionnaire: str | None = None
    link_id: str | None = None
    attachment: str | None = None
    """LOINC code of a document type that would show it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The state of one criterion of the tree; `children` are the criteria that it is made of."""

    criterion: str
    text: str
    state: State
    evidence: tuple[Evidence, ...] = ()
    missing: tuple[Missing, ...] = ()
    citation: Citation | None = None
    children: tuple["Finding", ...] = ()
    conflict: bool = False
    """Unknown because sources disagree; all of them are in `evidence`."""
