"""What the payer fills in from the resources that the client sent: never a guess, never an item that is not asked."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from server.content.forms import Form, Prefill
from server.content.load_forms import load_forms
from server.decision.intake.clinical import facts
from server.decision.request import Code
from server.dtr.known import Known
from server.dtr.prepopulate import draft_items
from server.fhir.json import Json
from tests.architecture.tree import ROOT
from tests.builders.forms import DTR, HCPCS, HOME_OXYGEN, ICD10CM, UCUM, an_observation

SPO2, SAO2, PAO2, HEMATOCRIT = "59408-5", "2708-6", "2703-7", "4544-3"
ORIGIN = [{"url": f"{DTR}/information-origin", "extension": [{"url": "source", "valueCode": "auto-server"}]}]


@pytest.fixture(scope="module")
def form() -> Form:
    found = load_forms(ROOT / "questionnaires").get(HOME_OXYGEN)
    assert found
    return found


def _drafted(form: Form, *resources: Json, reasons: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answers of the draft by linkId, and a check that each says where it comes from."""
    known = facts({f"Observation/{number}": resource for number, resource in enumerate(resources)})
    items = draft_items(form, Known(facts=known, reasons=tuple(Code(ICD10CM, code) for code in reasons)))
    found: dict[str, Any] = {}
    for each in items:
        items += each.get("item", [])
        for answer in each.get("answer", ()):
            assert answer["extension"] == ORIGIN
            assert each["text"] == form.items[each["linkId"]]["text"]
            found[each["linkId"]] = next(value for name, value in answer.items() if name != "extension")
    return found


def _quantity(value: str, unit: str, code: str | None = None) -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit, "system": UCUM, "code": code or unit}


def test_takes_the_values_of_the_latest_day_together(form: Form) -> None:
    drafted = _drafted(
        form,
        an_observation(SPO2, 84, "%", "2026-06-01"),
        an_observation(PAO2, Decimal("54.5"), "mm[Hg]", "2026-11-01"),
        an_observation(SAO2, 87, "%", "2026-11-01T09:00:00Z"),
    )

    assert drafted == {
        "pao2": _quantity("54.5", "mm Hg", "mm[Hg]"),
        "spo2": _quantity("87", "%"),
        "test-date": "2026-11-01",
    }


def test_never_mixes_two_days(form: Form) -> None:
    drafted = _drafted(
        form,
        an_observation(PAO2, 54, "mm[Hg]", "2026-10-31"),
        an_observation(SPO2, 87, "%", "2026-11-01"),
    )

    assert drafted == {"spo2": _quantity("87", "%"), "test-date": "2026-11-01"}


def test_leaves_open_what_contradicts_itself(form: Form) -> None:
    drafted = _drafted(
        form,
        an_observation(SPO2, 87, "%", "2026-11-01"),
        an_observation(SAO2, 91, "%", "2026-11-01"),
    )

    assert drafted == {}


@pytest.mark.parametrize(
    "observation",
    [
        an_observation(SPO2, 87, "%", "2026-11-01", status="preliminary"),
        an_observation(SPO2, 87, "%", "2026-11-01", status="entered-in-error"),
        an_observation(SPO2, 87, "1", "2026-11-01"),
        an_observation(PAO2, 7, "kPa", "2026-11-01"),
        an_observation(SPO2, 87, "%", "2026-11"),
        an_observation("8867-4", 70, "/min", "2026-11-01"),
        an_observation(SPO2, 87, "%", "2026-11-01", valueQuantity={"value": 87, "unit": "%"}),
        an_observation(
            SPO2, 87, "%", "2026-11-01", valueQuantity={"value": 87, "comparator": "<", "system": UCUM, "code": "%"}
        ),
    ],
    ids=[
        "preliminary",
        "withdrawn",
        "other unit",
        "other scale",
        "no day",
        "other code",
        "no coded unit",
        "comparator",
    ],
)
def test_takes_nothing_that_is_not_a_final_exact_value_of_a_day(form: Form, observation: Json) -> None:
    assert _drafted(form, observation) == {}


def test_leaves_out_items_that_are_not_asked(form: Form) -> None:
    qualifying = an_observation(SPO2, 88, "%", "2026-11-01")
    borderline = an_observation(SPO2, 89, "%", "2026-11-01")
    hematocrit = an_observation(HEMATOCRIT, 57, "%", "2026-10-01")

    assert "hematocrit" not in _drafted(form, qualifying, hematocrit)
    assert _drafted(form, borderline, hematocrit)["hematocrit"] == _quantity("57", "%")


def test_takes_the_first_reason_that_the_item_offers(form: Form) -> None:
    drafted = _drafted(form, reasons=("Z99.81", "J44.9", "J84.10"))

    assert drafted == {
        "diagnosis": {
            "system": ICD10CM,
            "code": "J44.9",
            "display": "Chronic obstructive pulmonary disease, unspecified",
        }
    }


def test_takes_an_active_condition_where_the_order_gives_no_reason(form: Form) -> None:
    def condition(code: str, status: str) -> Json:
        return {
            "resourceType": "Condition",
            "clinicalStatus": {"coding": [{"code": status}]},
            "code": {"coding": [{"system": ICD10CM, "code": code}]},
            "subject": {"reference": "Patient/pat-7"},
        }

    drafted = _drafted(form, condition("J44.9", "resolved"), condition("J84.10", "active"))

    assert drafted["diagnosis"]["code"] == "J84.10"


def test_offers_all_ordered_equipment_and_what_was_sent(form: Form) -> None:
    known = Known(
        ordered=(Code(HCPCS, "E1390"), Code(HCPCS, "A4253"), Code(HCPCS, "E0431")),
        texts={
            "member-number": "M-1",
            "patient-name": "Avery Testwell",
            "patient-birth-date": "1951-04-17",
            "order-date": "2026-11-19",
            "authorization-on-file": "PA-1",
        },
    )

    (request,) = draft_items(form, known)

    shown = [(item["linkId"], [list(answer.items())[1] for answer in item["answer"]]) for item in request["item"]]
    assert shown == [
        ("member-id", [("valueString", "M-1")]),
        ("member-name", [("valueString", "Avery Testwell")]),
        ("birth-date", [("valueDate", "1951-04-17")]),
        (
            "ordered-equipment",
            [
                (
                    "valueCoding",
                    {"system": HCPCS, "code": "E1390", "display": "Oxygen concentrator, single delivery port"},
                ),
                (
                    "valueCoding",
                    {"system": HCPCS, "code": "E0431", "display": "Portable gaseous oxygen system, rental"},
                ),
            ],
        ),
        ("order-date", [("valueDate", "2026-11-19")]),
        ("authorization-on-file", [("valueString", "PA-1")]),
    ]


def test_a_form_without_rules_is_not_filled(form: Form) -> None:
    known = Known(reasons=(Code(ICD10CM, "J44.9"),), texts={"member-number": "M-1"})

    assert draft_items(replace(form, prefill=Prefill()), known) == []


def test_knows_nothing_and_says_nothing(form: Form) -> None:
    assert draft_items(form, Known()) == []
