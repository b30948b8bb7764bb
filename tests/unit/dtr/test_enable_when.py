"""enableWhen of an item, for every operator and type that forms use."""

from decimal import Decimal
from typing import Any

import pytest

from server.dtr.enable_when import is_enabled

PERCENT = {"value": Decimal("88"), "code": "%"}


def _item(*conditions: dict[str, Any], behavior: str | None = None) -> dict[str, Any]:
    item: dict[str, Any] = {"linkId": "dependent", "enableWhen": list(conditions)}
    return item | ({"enableBehavior": behavior} if behavior else {})


def _when(operator: str, **answer: Any) -> dict[str, Any]:
    return {"question": "asked", "operator": operator, **answer}


@pytest.mark.parametrize(
    ("condition", "given", "enabled"),
    [
        (_when("exists", answerBoolean=True), {"valueBoolean": False}, True),
        (_when("exists", answerBoolean=False), {"valueBoolean": False}, False),
        (_when("=", answerBoolean=True), {"valueBoolean": True}, True),
        (_when("!=", answerBoolean=True), {"valueBoolean": True}, False),
        (_when(">", answerQuantity=PERCENT), {"valueQuantity": {"value": Decimal("88.1"), "code": "%"}}, True),
        (_when(">", answerQuantity=PERCENT), {"valueQuantity": PERCENT}, False),
        (_when(">=", answerQuantity=PERCENT), {"valueQuantity": PERCENT}, True),
        (_when("<", answerQuantity=PERCENT), {"valueQuantity": {"value": 90, "code": "mm[Hg]"}}, False),
        (_when("<=", answerDate="2026-11-10"), {"valueDate": "2026-11-09"}, True),
        (_when("=", answerCoding={"system": "s", "code": "a"}), {"valueCoding": {"system": "s", "code": "a"}}, True),
        (_when("=", answerCoding={"system": "s", "code": "a"}), {"valueCoding": {"system": "t", "code": "a"}}, False),
        (_when("<", answerInteger=3), {"valueInteger": 2}, True),
    ],
)
def test_compares_an_answer(condition: dict[str, Any], given: dict[str, Any], enabled: bool) -> None:
    item = _item(condition)

    assert is_enabled(item, {"asked": [given]}) is enabled


@pytest.mark.parametrize("operator", ["=", "!=", ">", "<", ">=", "<="])
def test_no_answer_enables_nothing_but_exists_false(operator: str) -> None:
    assert is_enabled(_item(_when(operator, answerInteger=3)), {}) is False
    assert is_enabled(_item(_when("exists", answerBoolean=False)), {}) is True


def test_an_item_without_conditions_is_enabled() -> None:
    assert is_enabled({"linkId": "free"}, {}) is True


@pytest.mark.parametrize(("behavior", "enabled"), [("any", True), ("all", False)])
def test_several_conditions_are_combined(behavior: str, enabled: bool) -> None:
    item = _item(_when("=", answerInteger=1), _when("=", answerInteger=2), behavior=behavior)

    assert is_enabled(item, {"asked": [{"valueInteger": 2}]}) is enabled
