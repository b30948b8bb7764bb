"""Trees of criteria for property tests: yes-or-no questions, put together in every way that the language has."""

from collections.abc import Iterator, Mapping

from hypothesis import strategies as st

from server.decision.codes import read_code
from server.decision.fact_index import FactIndex
from server.decision.facts import Facts
from server.decision.finding import Finding
from server.decision.plan.decide import Asked
from server.decision.policy.criteria import Criterion, FromForm, Group, Input, Is, Leaf, leaves
from server.decision.policy.evaluate import evaluate
from server.decision.policy.policy import Outcomes, Policy, ScopeRow
from server.decision.policy.sources import Context
from tests.builders.decisions import CITATION, FORM, ON, a_plan, a_request, an_item, answered


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> Criterion:
    """A tree whose leaves each ask about an input of their own."""
    return _node(draw, depth, iter(range(1000)))


def _node(draw: st.DrawFn, depth: int, number: Iterator[int]) -> Criterion:
    name = f"n{next(number)}"
    kind = draw(st.sampled_from(["leaf", "all", "any", "at_least", "not"])) if depth else "leaf"
    if kind == "leaf":
        return Leaf(name, f"The answer to {name} is yes.", name, Is(draw(st.booleans())), CITATION)
    size = 1 if kind == "not" else draw(st.integers(2, 3))
    children = tuple(_node(draw, depth - 1, number) for _ in range(size))
    count = draw(st.integers(1, size)) if kind == "at_least" else 0
    return Group(name, f"The group {name} holds.", kind, children, count)  # type: ignore[arg-type]


def policy_of(tree: Criterion) -> Policy:
    """A policy with the tree, whose questions an invented form asks."""
    inputs = {
        leaf.input: Input(
            leaf.input, f"What about {leaf.input}?", (FromForm(FORM, leaf.input),), None, FORM, leaf.input
        )
        for leaf in leaves(tree)
    }
    row = ScopeRow(read_code("hcpcs|S1000"))
    return Policy("tree", "1.0.0", "A tree", (row,), (CITATION,), inputs, tree, Outcomes(60, "ask", "refer"))


def facts_of(answers: Mapping[str, bool]) -> Facts:
    """The answers as facts."""
    return Facts(answered=tuple(answered(name, value) for name, value in answers.items()))


def finding_of(tree: Criterion, answers: Mapping[str, bool]) -> Finding:
    """The finding of the tree when these questions, and no others, are answered."""
    asked = Asked(a_request(), an_item("hcpcs|S1000"), a_plan(), ON)
    return evaluate(policy_of(tree), Context(asked, FactIndex(facts_of(answers))))


def names(tree: Criterion) -> list[str]:
    """The inputs of the tree."""
    return [leaf.input for leaf in leaves(tree)]
