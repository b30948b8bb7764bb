"""Three-valued logic: unknown never decides what a known answer could still turn."""

from hypothesis import given, settings
from hypothesis import strategies as st

from server.decision.finding import State, all_of, any_of, at_least, negate

STATES = st.sampled_from(State)
SEVERAL = st.lists(STATES, min_size=1, max_size=6)


def _settled(states: list[State]) -> list[list[State]]:
    """Every way in which the unknown states can turn out."""
    ways: list[list[State]] = [[]]
    for state in states:
        options = [State.MET, State.NOT_MET] if state is State.UNKNOWN else [state]
        ways = [[*way, option] for way in ways for option in options]
    return ways


def _only(states: set[State]) -> State:
    return states.pop() if len(states) == 1 else State.UNKNOWN


@given(SEVERAL)
@settings(deadline=None, max_examples=100)
def test_all_is_unknown_exactly_while_an_answer_can_turn_it(states: list[State]) -> None:
    assert all_of(states) is _only({all_of(way) for way in _settled(states)})


@given(SEVERAL)
@settings(deadline=None, max_examples=100)
def test_any_is_unknown_exactly_while_an_answer_can_turn_it(states: list[State]) -> None:
    assert any_of(states) is _only({any_of(way) for way in _settled(states)})


@given(st.integers(1, 6), SEVERAL)
@settings(deadline=None, max_examples=100)
def test_at_least_is_unknown_exactly_while_an_answer_can_turn_it(count: int, states: list[State]) -> None:
    assert at_least(count, states) is _only({at_least(count, way) for way in _settled(states)})


@given(SEVERAL)
@settings(deadline=None, max_examples=100)
def test_negation_exchanges_all_and_any(states: list[State]) -> None:
    assert negate(all_of(states)) is any_of([negate(state) for state in states])


@given(SEVERAL)
@settings(deadline=None, max_examples=100)
def test_all_and_any_are_at_least_all_and_one(states: list[State]) -> None:
    assert at_least(len(states), states) is all_of(states)
    assert at_least(1, states) is any_of(states)


@given(STATES)
@settings(deadline=None, max_examples=100)
def test_a_double_negation_is_the_state_itself(state: State) -> None:
    assert negate(negate(state)) is state
