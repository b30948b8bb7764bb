"""Which cases an inquiry means, where the scenario tests cannot reach: what is unknown never excludes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from server.cases.case import Case, CaseAnswer, CaseItem, CaseRequest
from server.decision.request import Code
from server.fhir.codes import HCPCS, NPI
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.pas.inquiry_match import Kept, judge
from server.pas.inquiry_request import Inquiry, InquiryItem, read_inquiry
from server.pas.request_bundle import read_submission
from tests.builders.claims import a_claim, a_request_bundle, an_item
from tests.builders.inquiries import an_inquiry

Json = Any

AT = datetime(2026, 11, 20, 15, tzinfo=UTC)
STRIPS = Code(HCPCS, "A4253")


def a_result(**changes: Any) -> CaseItem:
    """An item that was certified."""
    item = CaseItem(1, (STRIPS,), "A1", {}, authorization_number="PA1", reference_number="RN1", issued=AT.date())
    return replace(item, valid=DatePeriod(date(2026, 11, 23), date(2027, 11, 22)), **changes)


def a_kept(*items: CaseItem, claim: Json = None, **request: Any) -> Kept:
    """A case of the default submission."""
    submission = read_submission(a_request_bundle(claim or a_claim(an_item(servicedDate=None))))
    asked = CaseRequest("digest", "anonymous", submission.claim_url, **request)
    case = Case(
        id="case-1",
        state="determined",
        plan="demo",
        line_of_business=None,
        member="member-1",
        received=AT,
        updated=AT,
        expedited=False,
        requests=(asked,),
        answers=(CaseAnswer("digest", "response-1"),),
        items=items or (a_result(),),
    )
    return Kept(case, submission)


def an_example(*items: InquiryItem, **changes: Any) -> Inquiry:
    """An inquiry by the clinic that submits by default, with items as they are after reading."""
    return replace(read_inquiry(an_inquiry()), items=items, **changes)


UNKNOWN = {
    "days of a service that the request did not state": an_example(
        InquiryItem(serviced=DatePeriod(date(2020, 1, 1), date(2020, 1, 2)))
    ),
    "billed days of a request without days": an_example(billable=DatePeriod(date(2020, 1, 1), date(2020, 1, 2))),
    "no item at all": an_example(),
    "an item without a criterion": an_example(InquiryItem()),
}


@pytest.mark.parametrize("criterion", UNKNOWN)
def test_what_the_case_does_not_say_excludes_nothing(criterion: str) -> None:
    assert judge(UNKNOWN[criterion], a_kept()) == "returned"


def test_a_date_that_was_not_kept_excludes_nothing() -> None:
    wanted = an_example(InquiryItem(issued=DatePeriod(date(2020, 1, 1), date(2020, 1, 2))))

    assert judge(wanted, a_kept(a_result(issued=None))) == "returned"


def test_one_item_of_the_case_is_enough_for_one_of_the_example() -> None:
    wanted = an_example(InquiryItem(codes=frozenset({Code(HCPCS, "E0424")})), InquiryItem(codes=frozenset({STRIPS})))
    other = replace(a_result(), sequence=2, codes=(Code(HCPCS, "A4259"),))

    assert judge(wanted, a_kept(other, a_result())) == "returned"


def test_the_criteria_of_one_item_must_hold_of_one_item() -> None:
    wanted = an_example(InquiryItem(codes=frozenset({STRIPS}), review_actions=frozenset({"A3"})))
    denied = replace(a_result(), sequence=2, codes=(Code(HCPCS, "A9270"),), review_action="A3")

    assert judge(wanted, a_kept(a_result(), denied)) == "other"


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        ("A4253", "A4253", "returned"),
        ("A4250", "A4252", "other"),
        ("A4254", "A4259", "other"),
        ("A425", "A426", "other"),
        ("A4250", "A42599", "other"),
    ],
)
def test_a_range_holds_codes_of_its_own_length_between_its_ends(start: str, end: str, verdict: str) -> None:
    ends = frozenset({Code(HCPCS, end)})
    wanted = an_example(InquiryItem(codes=frozenset({Code(HCPCS, start)}), code_ends=ends))

    assert judge(wanted, a_kept()) == verdict


@pytest.mark.requirement("hl7.fhir.us.davinci-pas_2.2.1@spec-53")
def test_an_identifier_that_is_no_npi_does_not_open_by_the_provider() -> None:
    licence = Identifier("https://state.example/licence", "L-1")
    wanted = an_example(providers=(), practitioners=(licence,), numbers=("RN1",))

    assert judge(wanted, a_kept(practitioners=(licence,))) == "hidden"


def test_every_organization_that_sent_a_claim_of_the_lineage_may_see_it() -> None:
    second = Identifier(NPI, "1245319599")
    wanted = an_example(providers=(second,))

    assert judge(wanted, a_kept()) == "hidden"
    assert judge(wanted, a_kept(providers=(second,))) == "returned"


def test_an_organization_named_without_a_system_is_known_by_its_value() -> None:
    wanted = an_example(providers=(Identifier(None, "8189991234"),))

    assert judge(wanted, a_kept()) == "returned"


def test_a_case_that_was_never_processed_is_not_meant_even_by_a_number() -> None:
    kept = a_kept()
    broken = replace(kept, case=replace(kept.case, state="error"))

    assert judge(an_example(numbers=("RN1",)), broken) == "other"
