"""Determinations by the rules of a plan: which rule decides, and what the answer carries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from server.decision.determination import (
    Approved,
    Covered,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Pended,
    Reason,
)
from server.decision.determine import determine
from server.decision.facts import Facts
from server.decision.plan.plan import Exclusion, NoAuthorization, Plan
from server.decision.policy.index import PolicyIndex
from server.decision.request import RequestedItem
from server.fhir.dates import DatePeriod
from tests.builders.decisions import (
    ON,
    RECEIVED,
    a_member,
    a_period,
    a_plan,
    a_quantity,
    a_request,
    a_rule,
    an_item,
    measured,
)

WEEK = datetime(2026, 11, 27, 15, tzinfo=UTC)


def _decide(item: RequestedItem, plan: Plan | None = None, line: str = "silver") -> ItemDetermination:
    request = a_request(item, member=a_member(line))
    [determined] = determine(request, Facts(), PolicyIndex(), plan or a_plan(), ON).items
    return determined


def test_an_exclusion_is_a_term_of_the_contract_with_its_approver() -> None:
    determined = _decide(an_item("hcpcs|S0001", quantity=a_quantity("1")))

    assert determined.outcome == Excluded("excluded", "A. Signer")
    assert determined.covered is Covered.NOT_COVERED
    assert not determined.authorization_required
    assert determined.reasons == (Reason("The rule excluded: not a benefit of the contract.", "0M", ("excluded",)),)
    assert (determined.rule.kind, determined.rule.id, determined.rule.version) == ("plan", "excluded", "3.0.0")


def test_an_exclusion_that_is_switched_off_decides_nothing() -> None:
    off = a_plan(exclusions=(Exclusion(*a_rule("excluded", "S0001"), "0M", "A. Signer", False),))

    assert _decide(an_item("hcpcs|S0001"), off).rule.id == "unnamed-service"


def test_a_service_without_authorization_is_certified_for_the_days_of_the_rule() -> None:
    determined = _decide(an_item("hcpcs|S0002"))

    assert determined.outcome == NotRequired(a_period("2026-11-20", "2026-12-19"))
    assert determined.covered is Covered.COVERED
    assert not determined.authorization_required


def test_a_service_of_the_past_is_certified_from_its_first_day_and_never_cut() -> None:
    determined = _decide(an_item("hcpcs|S0002", serviced=a_period("2016-08-10", "2016-12-31")))

    assert determined.outcome == NotRequired(a_period("2016-08-10", "2016-12-31"))


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-30")
@pytest.mark.parametrize(
    ("quantity", "kind", "allowed"),
    [
        (a_quantity("10"), NotRequired, True),
        (a_quantity("10.5", "visits"), Limited, True),
        (measured("11", "{visit}"), Limited, True),
        (a_quantity("10", None), NotRequired, True),
        (a_quantity("11", None), Limited, True),
        (None, NotRequired, True),
        (a_quantity("3", "hours"), Pended, True),
    ],
)
def test_a_limit_authorizes_up_to_its_quantity(quantity: object, kind: type, allowed: bool) -> None:
    plan = a_plan()
    limit = replace(plan.limits[0], units=frozenset({"visit", "visits"}))

    determined = _decide(an_item("hcpcs|S0003", quantity=quantity), a_plan(limits=(limit,)))  # type: ignore[arg-type]

    assert type(determined.outcome) is kind
    assert (determined.allowed == limit.allowed) is allowed


def test_over_a_limit_the_part_within_it_is_authorized_with_the_approver_named() -> None:
    determined = _decide(an_item("hcpcs|S0004", quantity=measured("20", "{visit}")))

    assert determined.outcome == Limited(
        a_period("2026-11-20", "2026-12-19"), measured("10", "{visit}"), "capped", "A. Signer"
    )
    assert determined.reasons == (
        Reason("The rule capped: the contract covers at most 10 {visit} for one request.", "0L", ("capped",)),
    )
    assert determined.would_change == ("A request of at most 10 {visit} is authorized in full.",)


def test_a_limit_alone_authorizes_what_is_within_it() -> None:
    determined = _decide(an_item("hcpcs|S0004", quantity=measured("10", "{visit}")))

    assert determined.outcome == Approved(a_period("2026-11-20", "2026-12-19"))
    assert determined.authorization_required


def test_a_limit_does_not_authorize_more_days_than_its_own() -> None:
    determined = _decide(an_item("hcpcs|S0004", serviced=a_period("2026-12-01", "2026-12-31")))

    assert determined.outcome == Pended("review", "queue-a", WEEK)


def test_a_referral_goes_to_its_queue_and_says_which_document_the_reviewer_needs() -> None:
    determined = _decide(an_item("hcpcs|S0005"))

    assert determined.outcome == Pended("review", "queue-b", WEEK)
    assert determined.owner == "queue-b"
    assert [missing.attachment for missing in determined.missing] == ["34117-2"]
    assert [reason.code for reason in determined.reasons] == ["0V"]


def test_an_unnamed_service_is_answered_as_the_plan_says() -> None:
    refers = _decide(an_item("hcpcs|S0099"))
    frees = _decide(an_item("hcpcs|S0099"), a_plan(unnamed_service="not-required"))

    assert (refers.outcome, refers.covered) == (Pended("review", "queue-a", WEEK), Covered.CONDITIONAL)
    assert (frees.outcome, frees.covered) == (NotRequired(a_period("2026-11-20", "2027-01-18")), Covered.COVERED)


def test_an_item_without_any_code_is_an_unnamed_service() -> None:
    assert _decide(an_item()).rule.id == "unnamed-service"


def test_the_first_code_that_a_rule_names_decides() -> None:
    assert _decide(an_item("hcpcs|S0099", "hcpcs|S0005", "hcpcs|S0002")).rule.id == "referred"
    assert _decide(an_item("hcpcs|S0002", "hcpcs|S0001")).rule.id == "free"


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-10")
@pytest.mark.parametrize(
    "system",
    [
        "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes",
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "https://bluebutton.cms.gov/resources/codesystem/hcpcs",
    ],
)
def test_every_uri_of_hcpcs_is_one_system(system: str) -> None:
    assert _decide(an_item(f"{system}|S0005")).rule.id == "referred"


def test_a_code_of_another_system_is_another_service() -> None:
    assert _decide(an_item("cpt|S0005")).rule.id == "unnamed-service"


def test_a_rule_holds_only_for_its_lines_of_business_and_days() -> None:
    rule = NoAuthorization(
        *a_rule("winter", "S0042", frozenset({"gold"}), date(2026, 11, 1), date(2026, 11, 20)), valid_days=30
    )
    plan = a_plan(no_authorization=(rule,))
    ended = a_plan(no_authorization=(replace(rule, end=date(2026, 11, 19)),))

    assert _decide(an_item("hcpcs|S0042"), plan, "gold").rule.id == "winter"
    assert _decide(an_item("hcpcs|S0042"), plan, "silver").rule.id == "unnamed-service"
    assert _decide(an_item("hcpcs|S0042"), ended, "gold").rule.id == "unnamed-service"


@pytest.mark.parametrize(
    ("days", "day", "rule"),
    [(None, "2016-08-09", "free"), (90, "2026-08-22", "free"), (90, "2026-08-21", "retrospective")],
)
def test_services_of_the_past_are_taken_as_the_plan_says(days: int | None, day: str, rule: str) -> None:
    plan = a_plan(retrospective_days=days)

    assert _decide(an_item("hcpcs|S0002", serviced=a_period(day)), plan).rule.id == rule


def test_an_exclusion_needs_no_person_because_the_service_is_of_the_past() -> None:
    plan = a_plan(retrospective_days=90)

    assert _decide(an_item("hcpcs|S0001", serviced=a_period("2016-08-09")), plan).rule.id == "excluded"


def test_an_open_service_date_is_not_of_the_past() -> None:
    plan = a_plan(retrospective_days=90)

    assert _decide(an_item("hcpcs|S0002", serviced=DatePeriod(None, None)), plan).rule.id == "free"


@pytest.mark.parametrize(
    ("line", "expedited", "due"),
    [
        ("silver", False, WEEK),
        ("silver", True, datetime(2026, 11, 23, 15, tzinfo=UTC)),
        ("gold", False, datetime(2026, 12, 5, 15, tzinfo=UTC)),
        ("bronze", False, WEEK),
        ("bronze", True, datetime(2026, 11, 22, 15, tzinfo=UTC)),
    ],
)
def test_a_pend_is_due_by_the_clock_of_its_line_of_business(line: str, expedited: bool, due: datetime) -> None:
    request = a_request(an_item("hcpcs|S0005"), member=a_member(line), expedited=expedited)

    [determined] = determine(request, Facts(), PolicyIndex(), a_plan(), ON).items

    assert determined.outcome == Pended("review", "queue-b", due)


def test_a_change_of_daylight_saving_time_moves_no_due_time() -> None:
    eastern = timezone(timedelta(hours=-4))
    request = replace(a_request(an_item("hcpcs|S0005")), received=datetime(2026, 10, 30, 20, tzinfo=eastern))

    [determined] = determine(request, Facts(), PolicyIndex(), a_plan(), ON).items

    assert determined.outcome == Pended("review", "queue-b", datetime(2026, 11, 7, 0, tzinfo=UTC))


def test_all_items_are_determined_in_their_order() -> None:
    request = a_request(an_item("hcpcs|S0005", sequence=7), an_item("hcpcs|S0002", sequence=2))

    determination = determine(request, Facts(), PolicyIndex(), a_plan(), ON)

    assert [(item.sequence, item.rule.id) for item in determination.items] == [(7, "referred"), (2, "free")]
    assert (determination.decided, determination.plan) == (RECEIVED, "invented")


@pytest.mark.parametrize("code", ["S0001", "S0002", "S0003", "S0004", "S0005", "S0099"])
@pytest.mark.parametrize(
    "serviced", [a_period("0001-01-01"), a_period("9999-12-31"), a_period("0001-01-01", "9999-12-31")]
)
def test_services_at_the_ends_of_the_calendar_are_decided(code: str, serviced: DatePeriod) -> None:
    plan = a_plan(retrospective_days=3660)

    assert _decide(an_item(f"hcpcs|{code}", serviced=serviced), plan).rule.title
