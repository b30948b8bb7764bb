"""Which forms a package request gets."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from server.content.forms import Form, Forms
from server.dtr.context import Launch
from server.dtr.package_request import Named, PackageRequest
from server.dtr.selection import DecidedOrder, Selection, select
from server.errors import Issue

TODAY = date(2026, 11, 20)
ORDER = DecidedOrder({"reference": "DeviceRequest/1"}, "Parameters.parameter[1].resource", ("https://a.test/q|1",))
LAUNCH = Launch(("https://a.test/q|1",), True, True, order="DeviceRequest/9")
ASKED = PackageRequest(coverage={}, subject={})


def _form(url: str = "https://a.test/q", version: str = "1", **changes: object) -> Form:
    questionnaire = {"resourceType": "Questionnaire", "id": f"q-{version}", "status": "active", "date": "2026-06-01"}
    return Form(url, version, {**questionnaire, **changes})


def _asked(*canonicals: str, since: str | None = None) -> PackageRequest:
    named = tuple(Named(each, f"Parameters.parameter[{number}]") for number, each in enumerate(canonicals))
    changed = datetime.fromisoformat(since) if since else None
    return replace(ASKED, questionnaires=named, changed_since=changed)


def _chosen(selection: Selection) -> list[tuple[str, list[str]]]:
    return [(each.form.canonical, [order["reference"] for order in each.orders]) for each in selection.forms]


def _remarks(selection: Selection) -> list[tuple[str, str]]:
    return [(issue.severity, issue.code) for issue in selection.remarks]


FORMS = Forms.of([_form(), _form("https://a.test/r")])


def test_an_order_gets_the_forms_that_the_decision_names() -> None:
    selection = select(ASKED, None, [ORDER], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1", ["DeviceRequest/1"])]
    assert selection.remarks == ()


def test_two_orders_share_one_package_of_a_form() -> None:
    second = replace(ORDER, reference={"reference": "DeviceRequest/2"}, authorization_required=False)

    selection = select(ASKED, None, [replace(ORDER, authorization_required=False), second], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1", ["DeviceRequest/1", "DeviceRequest/2"])]
    assert [each.for_authorization for each in selection.forms] == [False]


def test_context_and_orders_are_united() -> None:
    order = replace(ORDER, forms=("https://a.test/r|1",))

    selection = select(ASKED, LAUNCH, [order], FORMS, TODAY)

    assert _chosen(selection) == [
        ("https://a.test/q|1", ["DeviceRequest/9"]),
        ("https://a.test/r|1", ["DeviceRequest/1"]),
    ]


def test_canonicals_limit_the_forms_and_keep_the_orders() -> None:
    selection = select(_asked("https://a.test/r"), None, [ORDER], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/r|1", ["DeviceRequest/1"])]


def test_a_canonical_with_a_context_is_for_the_order_of_the_context() -> None:
    selection = select(_asked("https://a.test/r|1"), LAUNCH, [], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/r|1", ["DeviceRequest/9"])]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-9")
def test_an_unknown_canonical_is_a_warning_beside_the_others() -> None:
    selection = select(_asked("https://a.test/gone", "https://a.test/r", "https://a.test/r|9"), None, [], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/r|1", [])]
    assert [(issue.severity, issue.code, issue.expression) for issue in selection.remarks] == [
        ("warning", "not-found", "Parameters.parameter[0].value"),
        ("warning", "not-found", "Parameters.parameter[2].value"),
    ]


def test_where_no_canonical_is_known_the_order_decides() -> None:
    selection = select(_asked("https://a.test/gone"), None, [ORDER], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1", ["DeviceRequest/1"])]
    assert _remarks(selection) == [("warning", "not-found")]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-7")
def test_each_form_comes_once() -> None:
    selection = select(_asked("https://a.test/r", "https://a.test/r|1"), None, [], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/r|1", [])]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-7")
def test_of_two_versions_for_the_same_orders_the_newest_comes() -> None:
    forms = Forms.of([_form(version="1.10.0"), _form(version="1.9.0")])

    selection = select(_asked("https://a.test/q|1.10.0", "https://a.test/q|1.9.0"), None, [ORDER], forms, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1.10.0", ["DeviceRequest/1"])]
    assert _remarks(selection) == [("warning", "business-rule")]


def test_two_versions_for_two_orders_both_come() -> None:
    forms = Forms.of([_form(version="1"), _form(version="2")])
    second = replace(ORDER, reference={"reference": "DeviceRequest/2"}, forms=("https://a.test/q|2",))

    selection = select(ASKED, None, [ORDER, second], forms, TODAY)

    assert _chosen(selection) == [
        ("https://a.test/q|1", ["DeviceRequest/1"]),
        ("https://a.test/q|2", ["DeviceRequest/2"]),
    ]
    assert selection.remarks == ()


def test_an_unversioned_canonical_means_the_newest_active_version() -> None:
    forms = Forms.of([_form(version="1.10.0"), _form(version="1.9.0"), _form(version="2.0.0", status="draft")])

    selection = select(_asked("https://a.test/q"), None, [], forms, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1.10.0", [])]


@pytest.mark.parametrize(
    ("end", "canonical", "offered"),
    [
        ("2026-11-19", "https://a.test/q", False),
        ("2026-11-20", "https://a.test/q", True),
        ("2026-11-19", "https://a.test/q|1", True),
    ],
)
def test_a_form_whose_time_is_over_comes_only_by_its_version(end: str, canonical: str, offered: bool) -> None:
    forms = Forms.of([_form(effectivePeriod={"end": end})])

    selection = select(_asked(canonical), None, [], forms, TODAY)

    assert bool(selection.forms) is offered


@pytest.mark.parametrize(
    ("since", "chosen"),
    [("2026-05-31T00:00:00+00:00", True), ("2026-06-01T12:00:00+00:00", True), ("2026-06-02T00:00:00+00:00", False)],
)
def test_changedsince_keeps_what_may_have_changed(since: str, chosen: bool) -> None:
    selection = select(_asked("https://a.test/q", since=since), None, [], FORMS, TODAY)

    assert bool(selection.forms) is chosen
    assert _remarks(selection) == ([] if chosen else [("information", "informational")])


def test_a_change_of_a_library_counts() -> None:
    library = {"resourceType": "Library", "id": "l", "date": "2026-11-01"}
    forms = Forms.of([replace(_form(), libraries=(library,))])

    selection = select(_asked("https://a.test/q", since="2026-10-01T00:00:00+00:00"), None, [], forms, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1", [])]
    assert _form().changed() < datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("order", "severity"),
    [(replace(ORDER, forms=()), "information"), (replace(ORDER, forms=(), understood=False), "warning")],
    ids=["no form needed", "not understood"],
)
def test_an_order_without_form_is_said(order: DecidedOrder, severity: str) -> None:
    selection = select(ASKED, None, [order], FORMS, TODAY)

    assert selection.forms == ()
    assert [(issue.severity, issue.expression) for issue in selection.remarks] == [(severity, order.place)]


@pytest.mark.requirement("hl7.fhir.us.davinci-dtr_2.2.0@oper-8")
def test_promised_documentation_without_a_form_is_explained() -> None:
    launch = replace(LAUNCH, forms=())

    selection = select(ASKED, launch, [], FORMS, TODAY)

    assert selection == Selection(
        (),
        (
            Issue(
                "informational",
                "The documentation that was asked for is not collected by a form of this server. "
                "Send the clinical notes with the authorization request.",
                None,
                "information",
            ),
        ),
    )


def test_a_version_of_the_context_that_is_gone_gives_the_one_in_force() -> None:
    launch = replace(LAUNCH, forms=("https://a.test/q|0.9", "https://a.test/gone|1"))

    selection = select(ASKED, launch, [], FORMS, TODAY)

    assert _chosen(selection) == [("https://a.test/q|1", ["DeviceRequest/9"])]
    assert _remarks(selection) == [("warning", "not-found")]


def test_a_form_of_the_context_whose_time_is_over_is_not_sent() -> None:
    forms = Forms.of([_form(effectivePeriod={"end": "2026-11-19"})])

    selection = select(ASKED, LAUNCH, [], forms, TODAY)

    assert selection.forms == ()
    assert _remarks(selection) == [("information", "informational")]
