"""The fast lane gives the answer of the general closures, or leaves it to them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.path.compile import UNUSUAL, Path, compile_path
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
    ("Claim.item", "quantity.ofType(Quantity).value >= 1 or quantity.ofType(Quantity).value.empty()"),
    ("Claim.item", "quantity is Quantity implies quantity.value.exists()"),
    ("Claim.item", "unitPrice.currency.length() = 5 or productOrService.text.exists()"),
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


ENTRY = st.fixed_dictionaries({}, optional={"fullUrl": CODES, "request": st.just({"method": "GET"}), "search": STRANGE})
BUNDLE = st.fixed_dictionaries(
    {"resourceType": st.just("Bundle")},
    optional={
        "type": st.sampled_from(["batch", "history", "collection", "", None, ["batch"]]),
        "_type": st.just({"id": "i"}),
        "entry": st.lists(ENTRY, min_size=1, max_size=3) | STRANGE,
    },
)


@pytest.mark.parametrize(
    "expression",
    [
        "entry.all(request.exists() = (%resource.type = 'batch' or %resource.type = 'history'))",
        "entry.all(request.exists() = (%resource.type = 'batch'))",
        "entry.all(fullUrl = 'x' = (%resource.type = 'batch'))",
    ],
)
@given(bundle=BUNDLE)
def test_both_lanes_agree_on_what_is_the_same_for_all_items(expression: str, bundle: dict[str, Any]) -> None:
    path = compile_path(expression, "Bundle")

    fast, general = _answer(lambda: path.is_true(bundle)), _answer(lambda: truth(path.evaluate(bundle)))

    assert fast == general


def test_an_invariant_reads_the_resource_that_it_is_given() -> None:
    path = compile_path("type = 'group' and %resource.status = 'draft'", "Questionnaire.item")
    questionnaire = {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "1", "type": "group"}]}

    found = path.is_true(questionnaire["item"][0], environment=Environment(resource=questionnaire))

    assert found is True


KEYED = [
    "sequence.exists() and category.exists()",
    "category.empty() or revenue.exists()",
    "(modifier.exists() and category.exists()).not()",
    "category.exists() xor modifier.exists()",
    "serviced.exists() implies quantity.exists()",
    "(modifier.count() + extension.count()) > 0",
    "productOrService.coding.exists() or category.exists()",
    "productOrService.coding.code = 'x' or category.exists()",
    "modifier.coding.all(code.exists()) and category.empty()",
    "serviced.start <= serviced.end or category.exists()",
    "extension.where(url = 'x').exists() implies category.exists()",
    "sequence.hasValue() and sequence.hasValue().not() = false",
    "where(sequence.exists()).exists() or category.exists()",
    "where(sequence = 1).empty() or category.exists()",
    "exists(category.exists() or modifier.exists())",
    "modifier.select(coding).exists() = false",
    "serviced.is(Period) or serviced.empty()",
    "category.coding.code in ('x' | 'E0424') or category.empty()",
    "extension.first().exists() or extension.tail().empty()",
    "serviced.ofType(date).empty() or serviced.exists()",
    "%resource.item.exists() or category.exists()",
]

_WHOLE_CODING = st.fixed_dictionaries({"code": st.sampled_from(["E0424", "x"])}, optional={"system": st.just("urn:s")})
_WHOLE_CONCEPT = st.fixed_dictionaries({"coding": st.lists(_WHOLE_CODING, min_size=1, max_size=2)})
_EXTENDED = st.just({"extension": [{"url": "y", "valueString": "a"}]})
WHOLE_ITEM = st.fixed_dictionaries(
    {"productOrService": _WHOLE_CONCEPT | st.just({"text": "x"})},
    optional={
        "sequence": st.integers(1, 2),
        "_sequence": _EXTENDED,
        "extension": st.lists(EXTENSION, min_size=1, max_size=2),
        "modifier": st.lists(_WHOLE_CONCEPT, min_size=1, max_size=2),
        "category": _WHOLE_CONCEPT | st.just({"text": "x"}),
        "revenue": _WHOLE_CONCEPT,
        "quantity": st.just({"value": 1}),
        "servicedDate": st.just("2024-05-06"),
        "_servicedDate": _EXTENDED,
        "servicedPeriod": st.just({"start": "2024", "end": "2024"}),
    },
)
"""Items as they may be: whatever is there has a value or an extension."""


@pytest.mark.parametrize("expression", KEYED)
@settings(max_examples=40)
@given(items=st.lists(WHOLE_ITEM, min_size=3, max_size=3))
def test_what_keys_prove_is_true_and_what_they_leave_to_ask_gives_the_answer(
    expression: str, items: list[dict[str, Any]]
) -> None:
    path = compile_path(expression, "Claim.item")

    claim = {"resourceType": "Claim"}
    around = Environment(resource=claim)
    for item in items:
        answer = _answer(lambda item=item: truth(path.evaluate(item, environment=around)))
        if answer == "refused":  # of several codes or types; an invariant that can't be evaluated is not broken
            continue
        if path.holds_with(frozenset(item)):
            assert answer is True
        assert _left_to_ask(path, item, claim) in (answer, "unusual")


def _left_to_ask(path: Path, item: Any, resource: Any) -> bool | str | None:
    quick = path.quick_with(frozenset(item))
    try:
        return "unusual" if quick is None else quick(item, resource)
    except UNUSUAL:
        return "unusual"


@pytest.mark.parametrize(
    ("expression", "keys", "proven"),
    [
        ("category.empty() or revenue.exists()", "sequence", True),
        ("category.empty() or revenue.exists()", "category revenue", True),
        ("category.empty() or revenue.exists()", "category", False),
        ("category.exists() implies revenue.exists()", "revenue category", True),
        ("(category.exists() and revenue.exists()).not()", "category", True),
        ("sequence.exists()", "_sequence", True),
        ("serviced.exists()", "servicedPeriod", True),
        ("serviced.start <= serviced.end", "servicedPeriod", False),
        ("(modifier.count() + extension.count()) > 0", "extension", True),
        ("(modifier.count() + extension.count()) > 0", "sequence", False),
        ("sequence = 1", "sequence", False),
        ("modifier.all(coding.exists())", "sequence", True),
        ("where(category.exists()).empty()", "sequence", True),
    ],
)
def test_keys_prove_what_asks_for_presence_alone(expression: str, keys: str, proven: bool) -> None:
    assert compile_path(expression, "Claim.item").holds_with(frozenset(keys.split())) is proven
