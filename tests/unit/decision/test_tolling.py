"""The due time after the requester was asked: where the law lets the clock rest, and where it goes on."""

from datetime import UTC, datetime, timedelta

import pytest

from server.content.load import load_content
from server.decision.finding import Citation
from server.decision.plan.clock import tolled
from server.decision.plan.plan import Tolling
from server.settings import content_root

DUE = datetime(2026, 12, 5, 15, 0, tzinfo=UTC)
ASKED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
RULE = Tolling(timedelta(days=45), None, Citation("book", "1", "2026-01-01"))


@pytest.mark.parametrize(
    ("waited", "moved"),
    [
        (timedelta(0), timedelta(0)),
        (timedelta(seconds=1), timedelta(seconds=1)),
        (timedelta(days=45), timedelta(days=45)),
        (timedelta(days=45, seconds=1), timedelta(days=45)),
        (timedelta(days=-1), timedelta(0)),
    ],
)
def test_the_time_that_the_requester_took_is_added_up_to_the_longest(waited: timedelta, moved: timedelta) -> None:
    assert tolled(RULE, DUE, ASKED, ASKED + waited, expedited=False) == DUE + moved


def test_an_expedited_clock_rests_only_where_the_plan_says_how_long() -> None:
    urgent = Tolling(timedelta(days=45), timedelta(hours=48), RULE.citation)

    moved = [tolled(rule, DUE, ASKED, ASKED + timedelta(days=3), expedited=True) for rule in (RULE, urgent)]

    assert moved == [DUE, DUE + timedelta(hours=48)]


def test_the_demo_plan_rests_the_clock_of_commercial_coverage_alone() -> None:
    plan = load_content(content_root(), demo=True).plans["demo"]

    rules = {line: clock.tolling for line, clock in plan.clocks.items()}

    assert rules["medicare-advantage"] is None
    commercial = rules["commercial"]
    assert commercial is not None
    assert (commercial.standard, commercial.expedited) == (timedelta(days=45), None)
    assert commercial.citation.page == "(f)(4)"
