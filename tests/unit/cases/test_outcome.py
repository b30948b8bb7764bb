"""The word for what became of an item."""

import pytest

from server.cases.outcome import outcome_word


@pytest.mark.parametrize(
    ("review_action", "decider", "word"),
    [
        ("A4", None, "pended"),
        ("A1", {"id": "nurse-1"}, "approved"),
        ("A3", {"id": "physician-1"}, "denied"),
        ("A6", {"id": "physician-1"}, "modified"),
        ("C", {"id": "nurse-1"}, "cancelled"),
        ("C", None, "cancelled"),
    ],
)
def test_a_person_or_the_requester_has_the_last_word(review_action: str, decider: object, word: str) -> None:
    item = {"review_action": review_action, "decider": decider, "explanation": {"outcome": {"kind": "pended"}}}

    assert outcome_word(item) == word
