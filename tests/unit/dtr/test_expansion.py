"""Value sets of a package: small ones are expanded as of now, large ones go out as they are."""

from datetime import UTC, datetime
from typing import Any

import pytest

from server.dtr.expansion import expanded

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SYSTEM = "https://passage.example/fhir/CodeSystem/color"


def _value_set(count: int, **compose: Any) -> dict[str, Any]:
    concepts = [{"code": f"c{number}", "display": f"Color {number}"} for number in range(count)]
    return {"resourceType": "ValueSet", "compose": {"include": [{"system": SYSTEM, "concept": concepts}]} | compose}


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-15")
def test_expands_a_small_value_set_as_of_now() -> None:
    value_set = _value_set(2)

    result = expanded(value_set, NOW, "id-1")

    assert result == value_set | {
        "expansion": {
            "identifier": "urn:uuid:id-1",
            "timestamp": "2026-11-20T15:00:00.000Z",
            "total": 2,
            "parameter": [
                {"name": "activeOnly", "valueBoolean": True},
                {"name": "date", "valueDateTime": "2026-11-20"},
            ],
            "contains": [
                {"system": SYSTEM, "code": "c0", "display": "Color 0"},
                {"system": SYSTEM, "code": "c1", "display": "Color 1"},
            ],
        }
    }


@pytest.mark.parametrize(
    "value_set",
    [
        _value_set(40),
        _value_set(2, exclude=[{"system": SYSTEM, "concept": [{"code": "c0"}]}]),
        {"resourceType": "ValueSet", "compose": {"include": [{"system": SYSTEM}]}},
        {"resourceType": "ValueSet", "compose": {"include": [{"valueSet": ["https://passage.example/other"]}]}},
        {"resourceType": "ValueSet"},
    ],
    ids=["40 concepts", "with exclude", "whole system", "other value set", "no definition"],
)
def test_leaves_alone_what_is_large_or_does_not_list_its_codes(value_set: dict[str, Any]) -> None:
    assert expanded(value_set, NOW, "id-1") == value_set


def test_expands_39_concepts_in_full() -> None:
    assert expanded(_value_set(39), NOW, "id-1")["expansion"]["total"] == 39
