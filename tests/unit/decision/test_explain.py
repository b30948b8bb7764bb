"""The explanation that is stored and shown: complete, plain JSON, decimals and dates as text."""

from decimal import Decimal

import pytest

from server.decision.determination import Covered, Excluded, ItemDetermination, Limited, NotRequired, Reason, Rule
from server.decision.explain import explain
from server.decision.facts import Facts
from server.decision.request import Quantity
from server.fhir import json
from tests.builders.decisions import a_period, measured, observed
from tests.builders.policies import FORM, a_policy, decided

CITED = {"document": "An invented book", "page": "3", "date": "2026-01-01", "url": None}


def test_a_pend_says_what_is_unknown_what_to_send_and_what_would_change_it() -> None:
    explanation = explain(decided(a_policy()))

    missing = {
        "criterion": "level",
        "ask": "What is the level?",
        "questionnaire": FORM,
        "link_id": "level",
        "attachment": None,
    }
    assert explanation == {
        "rule": {
            "kind": "policy",
            "id": "invented",
            "version": "1.0.0",
            "title": "An invented policy",
            "citations": [{**CITED, "page": "1"}],
        },
        "outcome": {
            "kind": "pended",
            "waits_for": "information",
            "owner": "queue-c",
            "due": "2026-11-27T15:00:00+00:00",
        },
        "covered": "covered",
        "authorization_required": True,
        "reasons": [{"text": "Not known yet: The level is at most 88 %.", "code": "0U", "criteria": ["level"]}],
        "criteria": [
            {
                "id": "level",
                "text": "The level is at most 88 %.",
                "state": "unknown",
                "conflict": False,
                "evidence": [],
                "missing": [missing],
                "citation": CITED,
                "children": [],
            }
        ],
        "missing": [missing],
        "would_change": ["It would be approved if this held:", "The level is at most 88 % (now unknown)."],
        "forms": [FORM],
        "owner": "queue-c",
        "allowed": None,
    }


def test_an_approval_shows_the_evidence_with_its_place_and_day() -> None:
    facts = Facts(observed=(observed("loinc|59408-5", measured("80.50")),))

    explanation = explain(decided(a_policy(), facts))

    assert explanation["outcome"] == {"kind": "approved", "valid": {"start": "2026-11-20", "end": "2027-01-18"}}
    assert explanation["reasons"] == [
        {"text": "An invented policy: the criteria are met.", "code": None, "criteria": ["level"]}
    ]
    assert explanation["criteria"][0]["evidence"] == [
        {"resource": "Observation/1", "element": "value", "shown": "80.50 %", "date": "2026-11-19"}
    ]


def test_a_request_that_goes_to_a_person_says_which_criterion_is_not_shown() -> None:
    facts = Facts(observed=(observed("loinc|59408-5", measured("95")),))

    explanation = explain(decided(a_policy(), facts))

    assert explanation["outcome"]["waits_for"] == "review"
    assert explanation["reasons"] == [
        {
            "text": "Not shown: The level is at most 88 %. A person reviews it.",
            "code": "0V",
            "criteria": ["level"],
        }
    ]
    assert explanation["would_change"] == [
        "It would be approved if this held:",
        "The level is at most 88 % (now not met).",
    ]


@pytest.mark.parametrize(
    ("outcome", "written"),
    [
        (
            NotRequired(a_period("2026-11-20", "2026-12-19")),
            {"kind": "not-required", "valid": {"start": "2026-11-20", "end": "2026-12-19"}},
        ),
        (
            Limited(a_period("2026-11-20"), Quantity(Decimal("1E+1"), "visit"), "most", "A. Signer"),
            {
                "kind": "limited",
                "valid": {"start": "2026-11-20", "end": "2026-11-20"},
                "allowed": {"value": "10", "unit": "visit", "system": None, "code": None},
                "limit": "most",
                "approver": "A. Signer",
            },
        ),
        (Excluded("dental", "A. Signer"), {"kind": "excluded", "exclusion": "dental", "approver": "A. Signer"}),
    ],
)
def test_each_outcome_is_written_whole(outcome: object, written: object) -> None:
    item = ItemDetermination(1, outcome, Covered.COVERED, False, Rule("plan", "r", "1", "R"), (Reason("Why."),))  # type: ignore[arg-type]

    explanation = explain(item)

    assert explanation["outcome"] == written
    assert json.read(json.write(explanation)) == explanation
