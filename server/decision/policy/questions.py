"""What to ask, and what would change the answer.

An unknown criterion is worth asking only while its answer can still change the result: below a group that is settled
nothing is asked. In an unknown group every unknown child can still tip it, so the walk from the root finds exactly
the questions that matter.
"""

from dataclasses import dataclass
from itertools import islice

from server.decision.finding import Finding, Missing, State
from server.decision.policy.criteria import Criterion, Group, Leaf


def questions(root: Finding) -> tuple[Missing, ...]:
    """The smallest set of questions whose answers can still change the result, each asked once."""
    asked: dict[tuple[str, str | None, str | None], Missing] = {}
    for finding in open_leaves(root):
        for missing in finding.missing:
            asked.setdefault((missing.ask, missing.questionnaire, missing.link_id), missing)
    return tuple(asked.values())


def open_leaves(finding: Finding) -> tuple[Finding, ...]:
    """The unknown criteria that the result still depends on."""
    if finding.state is not State.UNKNOWN:
        return ()
    if not finding.children:
        return (finding,)
    return tuple(leaf for child in finding.children for leaf in open_leaves(child))


def deciding_leaves(criterion: Criterion, finding: Finding) -> tuple[Finding, ...]:
    """The criteria that make the result what it is: those of the same state on the way to it, through negations."""
    if isinstance(criterion, Leaf):
        return (finding,)
    wanted = _opposite(finding.state) if criterion.kind == "not" else finding.state
    pairs = zip(criterion.children, finding.children, strict=True)
    return tuple(leaf for child, found in pairs if found.state is wanted for leaf in deciding_leaves(child, found))


@dataclass(frozen=True, slots=True)
class Flip:
    """A criterion that would have to turn out as `to`."""

    finding: Finding
    to: State


def flips(criterion: Criterion, finding: Finding, to: State = State.MET) -> tuple[Flip, ...]:
    """A smallest set of criteria that must turn out otherwise for the result `to`; unknown ones before failed ones."""
    if finding.state is to:
        return ()
    if isinstance(criterion, Leaf):
        return (Flip(finding, to),)
    pairs = zip(criterion.children, finding.children, strict=True)
    if criterion.kind == "not":
        return flips(criterion.children[0], finding.children[0], _opposite(to))
    ways = sorted((flips(child, found, to) for child, found in pairs), key=_cost)
    chosen = islice(ways, _needed(criterion, to))
    return tuple(dict.fromkeys(flip for way in chosen for flip in way))


def would_change(criterion: Criterion, finding: Finding) -> tuple[str, ...]:
    """Plain sentences: the shortest way to an approval from where the findings stand."""
    needed = flips(criterion, finding)
    if not needed:
        return ()
    opening = "It would be approved if this held:" if len(needed) == 1 else "It would be approved if all of these held:"
    return (opening, *(_sentence(flip) for flip in needed))


def _needed(group: Group, to: State) -> int:
    """How many children must be in the state for the group to be in it."""
    total = len(group.children)
    match group.kind:
        case "all":
            return total if to is State.MET else 1
        case "any":
            return 1 if to is State.MET else total
        case _:
            return group.count if to is State.MET else total - group.count + 1


def _cost(way: tuple[Flip, ...]) -> tuple[int, int]:
    return len(way), sum(1 for flip in way if flip.finding.state is not State.UNKNOWN)


def _opposite(state: State) -> State:
    return {State.MET: State.NOT_MET, State.NOT_MET: State.MET, State.UNKNOWN: State.UNKNOWN}[state]


def _sentence(flip: Flip) -> str:
    finding = flip.finding
    if finding.conflict:
        now = "unknown, as sources disagree"
    else:
        now = {State.MET: "met", State.NOT_MET: "not met", State.UNKNOWN: "unknown"}[finding.state]
    text = finding.text if flip.to is State.MET else f"Not: {finding.text}"
    return f"{text.rstrip('.')} (now {now})."
