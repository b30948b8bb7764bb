"""A policy reads any element of an order by FHIRPath, and what can't be answered is unknown."""

from decimal import Decimal
from typing import Any

import pytest

from server.decision.finding import Evidence, State
from server.decision.intake.order import ORDER_TYPES, order_item
from server.decision.policy.order_path import Elements, order_paths, read_elements
from server.decision.request import Code, Ordered, Quantity
from server.fhir.codes import HCPCS, ICD10CM
from server.fhir.path.errors import PathRefused
from tests.builders.decisions import RECEIVED
from tests.builders.policies import a_policy, decided, finding

Json = Any

CONDITION = {"resourceType": "Condition", "code": {"coding": [{"system": ICD10CM, "code": "J44.1"}]}}
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female"}
CAME = {"Condition/c": CONDITION, "Patient/p": PATIENT}


def an_order(type: str = "ServiceRequest", **elements: Json) -> Json:
    """An order with these elements."""
    return {"resourceType": type, "code": {"coding": [{"system": HCPCS, "code": "S1000"}]}, **elements}


def read(expression: str, **elements: Json) -> Elements:
    """What the expression finds in a ServiceRequest with these elements."""
    return read_elements(order_paths(expression), Ordered(an_order(**elements), CAME.get), RECEIVED)


@pytest.mark.parametrize(
    ("expression", "elements", "values"),
    [
        ("priority", {"priority": "urgent"}, ("urgent",)),
        ("code.coding.where(system.exists()).first()", {}, (Code(HCPCS, "S1000"),)),
        ("code", {}, (Code(HCPCS, "S1000"),)),
        ("quantity", {"quantityQuantity": {"value": Decimal(3), "unit": "visit"}}, (Quantity(Decimal(3), "visit"),)),
        ("quantity.ofType(Quantity).value", {"quantityQuantity": {"value": Decimal("2.50")}}, (Decimal("2.50"),)),
        ("note.count()", {"note": [{"text": "one"}, {"text": "two"}]}, (Decimal(2),)),
        ("asNeeded.exists()", {"asNeededBoolean": False}, (True,)),
        (
            "reasonReference.resolve().code",
            {"reasonReference": [{"reference": "Condition/c"}]},
            (Code(ICD10CM, "J44.1"),),
        ),
        (
            "extension('https://passage.example/days').value",
            {"extension": [{"url": "https://passage.example/days", "valueInteger": 4}]},
            (Decimal(4),),
        ),
        ("occurrence.ofType(dateTime) > today()", {"occurrenceDateTime": "2027-01-01"}, (True,)),
    ],
)
def test_any_expression_reads_the_order(expression: str, elements: Json, values: tuple[object, ...]) -> None:
    assert read(expression, **elements) == Elements(values)


@pytest.mark.parametrize(
    ("expression", "elements"),
    [
        ("priority", {}),
        ("note.text.single()", {"note": [{"text": "one"}, {"text": "two"}]}),
        ("reasonReference.resolve().exists()", {"reasonReference": [{"reference": "Condition/absent"}]}),
        ("reasonReference.resolve().empty()", {"reasonReference": [{"reference": "Condition/absent"}]}),
        ("performer.resolve().exists()", {"performer": [{"reference": "Patient/p"}]}),
        ("performer.resolve()", {"performer": [{"reference": "#p"}], "contained": [PATIENT]}),
        ("%unknown", {}),
    ],
)
def test_what_cannot_be_answered_shows_nothing(expression: str, elements: Json) -> None:
    found = read(expression, **elements)

    assert found.values == ()


@pytest.mark.parametrize(
    "unreadable",
    [{"text": "in words"}, {"coding": [{"code": "S1000"}]}],
)
def test_a_value_that_is_not_coded_keeps_the_others_from_being_all(unreadable: Json) -> None:
    coded = {"coding": [{"system": HCPCS, "code": "S1000"}]}

    assert read("category", category=[coded, unreadable]) == Elements((Code(HCPCS, "S1000"),), exhaustive=False)


@pytest.mark.parametrize(
    "quantity",
    [{"value": Decimal(3), "comparator": ">"}, {"value": True}, {"unit": "visit"}],
)
def test_what_is_no_exact_quantity_is_none(quantity: Json) -> None:
    assert read("quantity", quantityQuantity=quantity) == Elements((), exhaustive=False)


def test_an_element_is_unknown_of_an_order_of_another_type() -> None:
    paths = order_paths("dispenseRequest.numberOfRepeatsAllowed")

    other = Ordered(an_order("ServiceRequest"), CAME.get)
    own = Ordered({"resourceType": "MedicationRequest", "dispenseRequest": {"numberOfRepeatsAllowed": 2}}, CAME.get)

    assert set(paths) == {"MedicationRequest"} < ORDER_TYPES
    assert read_elements(paths, other, RECEIVED) == Elements()
    assert read_elements(paths, own, RECEIVED) == Elements((Decimal(2),))


def test_an_expression_of_no_type_is_refused_where_it_is_wrong() -> None:
    with pytest.raises(PathRefused) as refused:
        order_paths("code.codings.code")

    assert (refused.value.position, refused.value.sentence) == (
        5,
        "No type that stands before the dot has this element.",
    )


REASON = """\
inputs:
  reason: {ask: What is it for?, from: [{order: reasonReference.resolve().ofType(Condition).code}]}
value_sets:
  lungs: {title: Lungs, codes: ["icd10cm|J44.1"]}
criteria: {id: reason, text: It is for the lungs., input: reason, in: lungs, citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ({"reference": "Condition/c"}, State.MET),
        ({"reference": "Condition/other"}, State.NOT_MET),
        ({"reference": "Condition/absent"}, State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_a_criterion_follows_references_within_the_request(reason: Json, state: State) -> None:
    """Given a policy that asks for the code of the Condition an order is for

    When the order refers to one that came along, of the set or of another, or to one that did not come
    Then the criterion is met, not met, or unknown.
    """
    other = {"resourceType": "Condition", "code": {"coding": [{"system": ICD10CM, "code": "I10"}]}}
    order = an_order(**({} if reason is None else {"reasonReference": [reason]}))

    item = order_item(order, 1, "ServiceRequest/o", {**CAME, "Condition/other": other}.get)
    found = finding(decided(a_policy(inputs=REASON, criteria=""), item=item), "reason")

    assert found.state is state
    if state is State.MET:
        element = "reasonReference.resolve().ofType(Condition).code"
        assert found.evidence == (Evidence("ServiceRequest/o", element, "J44.1"),)
