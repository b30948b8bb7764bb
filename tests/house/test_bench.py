"""The benchmark's arithmetic: its figures are worth what these are."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import many_cases
from bench.report import page
from bench.schedule import arrivals, percentile, summarize
from bench.shots import shots
from bench.template import read_template
from server.cases.case import CASE_KIND
from server.cases.document import from_document
from server.clock import system_clock
from server.storage.connect import connect
from tests.builders.subscriptions import a_result


def test_arrivals_are_in_order_within_the_time_and_near_the_rate() -> None:
    due = arrivals(rate=200, seconds=50, seed=1)

    assert due == sorted(due)
    assert due[0] > 0
    assert due[-1] < 50
    assert 9_400 < len(due) < 10_600


def test_the_same_seed_gives_the_same_schedule_and_another_another() -> None:
    assert arrivals(100, 1, seed=1) == arrivals(100, 1, seed=1)
    assert arrivals(100, 1, seed=1) != arrivals(100, 1, seed=2)


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentiles_of_one_to_a_hundred(share: float, expected: int) -> None:
    assert percentile(list(range(1, 101)), share) == expected


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1))
def test_a_percentile_is_a_value_that_enough_values_do_not_exceed(values: list[float], share: float) -> None:
    ordered = sorted(values)

    found = percentile(ordered, share)

    assert found in ordered
    assert sum(1 for value in ordered if value <= found) >= share * len(ordered) - 1e-6


def test_latencies_leave_failures_out_and_count_them() -> None:
    figures = summarize([0.001] * 98 + [0.5, 0.6], [0.0002] * 100, failed=3, seconds=2.0)

    assert (figures.requests, figures.failed, figures.per_second) == (103, 3, 50.0)
    assert (figures.p50_ms, figures.p99_ms, figures.max_ms) == (1.0, 500.0, 600.0)


def test_a_template_fills_its_marks_and_refuses_to_leave_one_open(tmp_path: Path) -> None:
    (tmp_path / "fixture.json").write_text('{"id": "@FRESH@", "name": "@FAMILY@ of @FRESH@"}')
    template = read_template(tmp_path / "fixture.json")

    body = template.fill({"FRESH": "1", "FAMILY": "Load"})

    assert body == b'{"id":"1","name":"Load of 1"}'
    with pytest.raises(KeyError):
        template.fill({"FRESH": "1"})


@pytest.mark.parametrize("scenario", ["order-sign", "questionnaire-package", "submit", "inquire"])
def test_no_two_requests_of_a_scenario_are_alike(scenario: str) -> None:
    make = shots(scenario, "http://bench.example", members=50, ids=[], run="test")

    bodies = [make(n).body or b"" for n in range(200)]

    assert len(set(bodies)) == 200
    assert all(b"@" not in body for body in bodies)
    assert all(json.loads(body) for body in bodies)


def test_a_page_shows_every_step_with_its_goal() -> None:
    step = {"load": "light", "rate": 20.0, "per_second": 20.0, "p50_ms": 1.5, "p90_ms": 2, "p99_ms": 3, "max_ms": 4}
    step |= {"generator_late_p99_ms": 0.2}
    run = {"scenario": "submit", "store": "SQLite", "steps": [step | {"failed": 0}]}
    run |= {"saturated": {"per_second": 500.0}, "cpu_ms_per_request": 2.0, "resident_mb": 150.0}
    machine = {"processor": "P", "cores": 2, "memory_gb": 24, "system": "S", "python": "3.11", "commit": "abc"}
    machine |= {"load_average": 0.1}
    results = {"date": "2026-11-25T00:00:00Z", "machine": machine, "rules": 10_000, "members": 2_000}
    starts = [{"what": "shipped content", "seconds": 1.5, "resident_mb": 120.0}]

    small, large = (run | {"scenario": f"inquire of {n} cases", "cpu_ms_per_request": n / 2} for n in (2, 3))
    told = {"store": "SQLite", "subscriptions": 1_000, "results": 3, "told": 29, "missing": 1, "told_again": 2}
    told |= {"gaps": 0, "per_second": 800.0, "cpu_ms_each": 1.25, "p50_ms": 10, "p99_ms": 20}

    text = page(results | {"runs": [run, small, large], "starts": starts, "notifications": [told]})

    assert "| submit | SQLite | 10 / 50 | light | 20 | 20 | 1.50 | 2.00 | 3.00 | 4.00 | 0.20 | 0 |" in text
    assert "| submit | SQLite | 500 | 2.00 | 150 |" in text
    assert "| shipped content | 1.50 | 120 |" in text
    assert "smallest store: inquire of 2 cases: 1.00; inquire of 3 cases: 1.50." in text
    assert "| a burst of results | SQLite | 1,000 | 3 | 29 | 800 | 1.25 | 10 / 20 | 1 | 0 | 2 |" in text


def test_an_update_follows_the_request_that_was_kept() -> None:
    request = shots("submit", "http://bench.example", members=50, ids=[], run="test")(7)
    make = shots("update", "http://bench.example", members=50, ids=["7:response-1"], run="test")

    first, second = (json.loads(make(n).body or b"") for n in (1, 2))

    before = json.loads(request.body or b"")["entry"][0]
    prior = f"Claim/{before['resource']['id']}"
    for update in (first, second):
        claim = update["entry"][0]["resource"]
        assert claim["related"][0]["claim"] == {"reference": prior}
        assert [item["sequence"] for item in claim["item"]] == [1, 2]
        assert update["entry"][-1] == before
    assert first["entry"][0]["fullUrl"] != second["entry"][0]["fullUrl"]


async def test_a_store_is_filled_with_cases_of_their_own_and_some_for_each_member_asked_for(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/passage.db"
    store = connect(url, mongodb_driver="pymongo", clock=system_clock)
    await store.start()
    await a_result(store)

    await asyncio.to_thread(many_cases.fill, url, 3_000, 20)

    assert await store.count(CASE_KIND) == 3_000
    assert [await store.count(CASE_KIND, [f"member:bench-{member}"]) for member in range(20)] == [many_cases.EACH] * 20
    copies = [from_document(each) for each in (await store.find(CASE_KIND, limit=3_000)).documents]
    members = Counter(case.member for case in copies)
    assert max(members.values()) <= many_cases.EACH
    assert [case.id for case in copies if "@" in f"{case}"] == []
    places = [number for number, case in enumerate(copies) if case.member == "bench-7"]
    assert max(places) - min(places) > 100
    await store.close()
