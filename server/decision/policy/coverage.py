"""Whether the cases of a policy show each criterion both ways, unknown, and each threshold on its exact value.

A threshold that no case stands on could be off by one and nobody would see it: such a policy does not load.
"""

from collections.abc import Iterator

from server.decision.finding import State
from server.decision.policy.cases import CaseResult
from server.decision.policy.criteria import (
    Compare,
    FromAuthorization,
    FromConditions,
    FromObservation,
    Input,
    InSet,
    Known,
    Leaf,
    Within,
    leaves,
)
from server.decision.policy.policy import Policy


def coverage_findings(policy: Policy, results: list[CaseResult]) -> Iterator[tuple[str, str]]:
    """What the cases do not show: the id of the criterion, and a sentence."""
    for leaf in leaves(policy.criteria):
        shown = {result.states[leaf.id] for result in results if leaf.id in result.states}
        needed = [State.MET, State.UNKNOWN] + ([State.NOT_MET] if _can_fail(leaf, policy.inputs[leaf.input]) else [])
        for state in needed:
            if state not in shown:
                word = state.value.replace("-", " ")
                yield leaf.id, f"No case shows the criterion {leaf.id} {word}; add one to cases.yaml."
        exact = isinstance(leaf.condition, Compare | Within)
        if exact and not any(leaf.id in result.on_threshold for result in results):
            yield leaf.id, f"No case has a value exactly on the threshold of {leaf.id}; add one to cases.yaml."


def _can_fail(leaf: Leaf, asked_for: Input) -> bool:
    """Whether a source can show that the criterion is not met: a list of diagnoses never can, nor can a mere date."""
    if isinstance(leaf.condition, Known):
        return False
    if isinstance(leaf.condition, InSet):
        return any(not isinstance(source, FromConditions | FromAuthorization) for source in asked_for.sources)
    return any(not (isinstance(source, FromObservation) and source.take == "date") for source in asked_for.sources)
