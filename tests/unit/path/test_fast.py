"""The fast lane gives the answer of the general closures, or leaves it to them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.fhir.path.compile import compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.items import truth

INVARIANTS = [
    ("Claim.item", "extension.where(url = 'x' and value = 'a').exists() = extension.where(url = 'y').exists()"),
    ("Claim.item", "sequence > 0 and (quantity.empty() or quantity.value >= 1)"),
    ("Claim.item", "serviced is Period implies serviced.start.exists()"),
    ("Claim.item", "serviced.ofType(date).exists() xor serviced.ofType(Period).exists()"),
    ("Claim.item", "modifier.coding.code.isDistinct()"),
    ("Claim.item", "productOrService.coding.all(system.exists() and code.matches('^[A-Z0-9]+$'))"),
    ("Claim.item", "productOrService.text.length() <= 5 or productOrService.text in ('abcdef' | 'zzzzzzz')"),
    ("Claim.item", "unitPrice.value.hasValue() implies unitPrice.currency = 'USD'"),
    ("Claim.item", "(modifier.count() + productOrService.coding.count()) <= 2"),
    ("Claim.item", "productOrService.coding.first().userSelected = true"),
    ("Claim.item", "productOrService.coding[0].code.startsWith('E').not()"),
    ("Claim.item", "extension('x').value.ofType(Coding).code = 'a'"),
    ("Claim.item", "servicedPeriod.empty() and serviced.ofType(Period).all(start <= end)"),
    ("Claim.item", "productOrService or modifier"),
    ("Claim.item", "productOrService.coding.select(system & '|' & code).isDistinct()"),
    ("Claim.item", "productOrService.coding.code contains 'E0424'"),
    ("Claim.item", "category.exists() != revenue.exists()"),
    (
        "Claim.item",
        "productOrService.text = 'x' or productOrService.text = 'abcdef' or productOrService.text = 'E0424'",
    ),
    ("Claim.item", "extension.all(value = 'x' or value = 'E0424')"),
    ("Claim.item", "modifier.coding.code = 'x' or modifier.coding.code = 'E0424'"),
]

CODES = st.sampled_from(["E0424", "E1390", "x", "", "abcdef"])
STRANGE = st.sampled_from([None, [], {}, 0, True, "a", [None], [{"a": 1}], [["a"]], {"coding": "no list"}])
CODING = st.fixed_dictionaries(
    {}, optional={"system": CODES, "code": CODES, "userSelected": st.booleans(), "_code": st.just({"id": "i"})}
)
CONCEPT = st.fixed_dictionaries({}, optional={"coding": st.lists(CODING, min_size=1, max_size=3), "text": CODES})
PERIOD = st.fixed_dictionaries(
    {}, optional={key: st.sampled_from(["2024", "2024-05-06", "2024-05-06T10:00:00Z", "x"]) for key in ("start", "end")}
)
EXTENSION = st.fixed_dictionaries(
    {"url": st.sampled_from(["x", "y"])},
    optional={"valueString": CODES, "valueCoding": CODING, "valueBoolean": st.booleans()},
)
ITEM = st.fixed_dictionaries(
    {},
    optional={
        "sequence": st.integers(-1, 3),
        "extension": st.lists(EXTENSION, min_size=1, max_size=3),
        "productOrService": CONCEPT | STRANGE,
        "modifier": st.lists(CONCEPT, min_size=1, max_size=2) | STRANGE,
        "category": CONCEPT,
        "quantity": st.fixed_dictionaries({}, optional={"value": st.integers(0, 2), "_value": st.just({"id": "v"})}),
        "unitPrice": st.fixed_dictionaries({}, optional={"value": st.integers(), "currency": CODES}),
        "servicedDate": st.sampled_from(["2024-05-06", "x"]),
        "servicedPeriod": PERIOD,
    },
)


def _answer(ask: Any) -> Any:
    try:
        return ask()
    except EvaluationRefused:
        return "refused"


@pytest.mark.parametrize(("type", "expression"), INVARIANTS)
@given(item=ITEM)
def test_both_lanes_agree(type: str, expression: str, item: dict[str, Any]) -> None:
    path = compile_path(expression, type)

    fast, general = _answer(lambda: path.is_true(item)), _answer(lambda: truth(path.evaluate(item)))

    assert fast == general


def test_an_invariant_reads_the_resource_that_it_is_given() -> None:
    path = compile_path("type = 'group' and %resource.status = 'draft'", "Questionnaire.item")
    questionnaire = {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "group"}]}

    found = path.is_true(questionnaire["item"][0], environment=Environment(resource=questionnaire))

    assert found is True
