"""The keys by which people find cases: only of what waits, and by the first due time."""

from dataclasses import replace
from datetime import timedelta

from server.cases.case import CaseEvent
from server.cases.work_keys import RUNNING_KEY, newly_overdue, work_keys
from tests.builders.review import DUE, NOW, a_pended_case, a_pended_item

KNOWN = {"known:urn:uuid:bundle-1", "known:CLM-1"}


def test_a_pended_case_is_found_by_its_first_due_time_and_all_that_it_waits_for() -> None:
    items = (
        a_pended_item(1, due=DUE, owner="oxygen-review"),
        a_pended_item(2, due=DUE - timedelta(hours=1), owner="intake", waits_for="information"),
        a_pended_item(3, review_action="A1", due=None, owner=None, waits_for=None),
    )

    keys = work_keys(a_pended_case(*items, claimed_by="nurse-1"))

    assert keys == KNOWN | {
        "work:due:2026",
        "work:due:2026-11",
        "work:due:2026-11-27",
        "work:due:2026-11-27T14",
        "work:owner:oxygen-review",
        "work:owner:intake",
        "work:waits-for:review",
        "work:waits-for:information",
        "work:line:medicare-advantage",
        "work:claimed:nurse-1",
        RUNNING_KEY,
    }


def test_a_decided_case_is_found_by_its_identifiers_only() -> None:
    case = a_pended_case(state="determined")

    assert work_keys(case) == KNOWN


def test_an_item_is_newly_overdue_until_an_event_tells_of_it_and_again_after_an_extension() -> None:
    case = a_pended_case()
    later = DUE + timedelta(minutes=1)
    told = replace(case, events=(*case.events, CaseEvent(later, "overdue", "engine", "item 1")))
    extended = replace(told, items=(replace(case.items[0], due=later + timedelta(days=1)),))

    assert newly_overdue(case, NOW) == ()
    assert newly_overdue(case, DUE) == case.items
    assert newly_overdue(told, later + timedelta(days=9)) == ()
    assert newly_overdue(extended, later + timedelta(days=1)) == extended.items
    assert RUNNING_KEY not in work_keys(told)
    assert RUNNING_KEY in work_keys(extended)
