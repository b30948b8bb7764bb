"""Any series of updates leaves a case that is sound: one result for every item, and no number lost or given twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.cases.case import Case, CaseItem, CaseRequest
from server.clock import Ids
from server.decision.determination import Approved, Covered, Excluded, ItemDetermination, Outcome, Pended, Reason, Rule
from server.decision.request import Code, RequestedItem
from server.fhir.dates import DatePeriod
from server.pas.certification import certification_types, is_cancelled
from server.pas.change import Determined, changed_items, denied_errors, retired_numbers
from server.pas.fingerprint import fingerprint
from server.pas.request_bundle import read_submission
from server.pas.submission import Submission
from tests.builders.claims import PAS, X12, a_claim, a_concept, a_request_bundle, an_item

Json = Any

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
OUTCOMES: Mapping[str, Outcome] = {
    "FREE": Approved(DatePeriod(date(2026, 11, 20), date(2027, 11, 19))),
    "ASKED": Pended("review", "medical-review", AT + timedelta(days=7)),
    "NEVER": Excluded("exclusion", "A. Person"),
}
"""What the rules of these tests say of a code."""

Step = tuple[Mapping[int, tuple[str, str]], bool]
"""Code and certification type of each item, and whether the whole is cancelled."""

ITEMS = st.dictionaries(
    st.integers(1, 3),
    st.tuples(st.sampled_from(["FREE", "ASKED", "FREE", "ASKED", "NEVER"]), st.sampled_from(["I", "R", "4", "3"])),
    min_size=1,
)
STEPS = st.lists(st.tuples(ITEMS, st.sampled_from([False, False, False, True])), min_size=2, max_size=6)


def certified(code: str) -> Json:
    """The extension certificationType."""
    return {"url": f"{PAS}/extension-certificationType", "valueCodeableConcept": a_concept(f"{X12}/1322", code)}


def a_submission(step: Step) -> Submission:
    """The Claim of a step."""
    items, whole = step
    listed = [an_item(code, sequence=sequence, extension=[certified(kind)]) for sequence, (code, kind) in items.items()]
    return read_submission(a_request_bundle(a_claim(*listed, extension=[certified("3")] if whole else None)))


def determined(step: Step) -> dict[int, Determined]:
    """What the rules say of each item."""
    found = {}
    for sequence, (code, _) in step[0].items():
        requested = RequestedItem(sequence, f"Claim.item[{sequence}]", (Code("hcpcs", code),))
        rule = Rule("policy", "p", "1.0.0", "A rule")
        reasons = (Reason("Because.", "0M"),)
        decided = ItemDetermination(sequence, OUTCOMES[code], Covered.COVERED, True, rule, reasons=reasons)
        found[sequence] = Determined(requested, decided)
    return found


def a_case() -> Case:
    """A case that nothing was decided in."""
    request = CaseRequest("", "caller", "urn:uuid:c")
    return Case("1", "determined", "demo", "l", "m", AT, AT, False, (request,), ())


def ids() -> Ids:
    """Ids that count from one."""
    numbers = count(1)
    return Ids(new_id=lambda: f"id-{next(numbers)}", number=lambda prefix: f"{prefix}{next(numbers)}")


def given_numbers(items: Sequence[CaseItem]) -> set[str]:
    """The authorization numbers of items."""
    return {item.authorization_number for item in items if item.authorization_number}


def check_item(item: CaseItem) -> None:
    """An item has all that its code says, and nothing that it denies."""
    assert item.reference_number
    match item.review_action:
        case "A1":
            assert item.authorization_number
            assert item.valid
            assert (item.due, item.owner, item.waits_for) == (None, None, None)
        case "A4":
            assert (item.due, item.owner, item.waits_for) == (AT + timedelta(days=7), "medical-review", "review")
            assert item.reasons == ("0V",)
        case _:
            assert (item.authorization_number, item.valid, item.due, item.owner) == (None, None, None, None)


@settings(deadline=None, max_examples=300)
@given(STEPS)
def test_every_series_of_updates_leaves_a_sound_case(steps: list[Step]) -> None:
    case, made, numbers = a_case(), ids(), set[str]()
    for day, step in enumerate(steps):
        submission = a_submission(step)
        if denied_errors(case, submission):
            continue
        at = AT + timedelta(minutes=day)
        items = changed_items(case, submission, determined(step), ids=made, at=at)
        retired = retired_numbers(case, items)

        numbers |= given_numbers(items)
        for item in items:
            check_item(item)
        assert [item.sequence for item in items] == sorted({item.sequence for item in case.items} | step[0].keys())
        assert len({item.reference_number for item in items}) == 1
        assert numbers == given_numbers(items) | set(retired)
        assert set(case.retired) <= set(retired)
        check_kept(case, items, submission, step[1])
        case = replace(case, items=items, retired=retired)


def check_kept(case: Case, items: Sequence[CaseItem], submission: Submission, whole: bool) -> None:
    """What was cancelled is so; what was denied stays; what was certified and not changed is the same."""
    now = {item.sequence: item for item in items}
    elements = {each.integer("sequence"): each for each in submission.claim.children("item")}
    for before in case.items:
        element = elements.get(before.sequence)
        if before.review_action == "A3":
            assert now[before.sequence] == before
        elif whole or (element and is_cancelled(element)):
            assert now[before.sequence].review_action == "C"
        elif element and now[before.sequence].review_action == "A4" and certification_types(element) & {"R", "4"}:
            kept = now[before.sequence]
            assert (kept.authorization_number, kept.valid) == (before.authorization_number, before.valid)
        elif element is None or (
            before.review_action == "A1" and before.fingerprint == fingerprint(submission, element)
        ):
            assert now[before.sequence] == before


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-64")
def test_an_item_can_be_added_as_long_as_something_is_not_denied() -> None:
    denied = {1: ("NEVER", "I")}
    mixed = {**denied, 2: ("FREE", "I")}

    def after(items: Mapping[int, tuple[str, str]]) -> Case:
        step = (items, False)
        decided = changed_items(a_case(), a_submission(step), determined(step), ids=ids(), at=AT)
        return replace(a_case(), items=decided)

    added = a_submission(({**mixed, 3: ("FREE", "I")}, False))

    assert [error.path for error in denied_errors(after(denied), added)] == ["Claim.item[1]", "Claim.item[2]"]
    assert denied_errors(after(mixed), added) == []
