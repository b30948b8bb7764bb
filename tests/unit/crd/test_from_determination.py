"""What each determination says in the words of coverage-information.

https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from server.crd.assertion import AssertionReason, Contact, CoverageAssertion, Detail
from server.crd.from_determination import from_determination
from server.decision.determination import Covered, ItemDetermination, Limited, NotRequired, Reason, Rule
from server.decision.facts import Authorized, Source
from server.decision.finding import Citation, Missing
from server.decision.plan.decide import Asked, excluded, referred, unnamed
from server.decision.plan.plan import Exclusion, Referral
from server.decision.request import Code, Member, Quantity, Request, RequestedItem
from server.fhir.codes import HCPCS
from server.fhir.dates import DatePeriod
from tests.builders.hooks import a_plan
from tests.unit.crd.moments import NOW, TODAY

FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"
CODE = Code(HCPCS, "E1390", "a display")
ITEM = RequestedItem(1, "DeviceRequest/dr-1", (CODE, Code("http://snomed.info/sct", "426854004")))
MEMBER = Member("m-1", "demo", "commercial", None, DatePeriod())
ASKED = Asked(Request(MEMBER, (ITEM,), NOW), ITEM, a_plan(), TODAY)
CITED = Citation("Contract", "4", "2026-01-01", "https://policy.example/contract")
BASE = CoverageAssertion(
    coverage="Coverage/cov-1",
    covered="covered",
    pa_needed="auth-needed",
    reasons=(AssertionReason("Because."),),
    billing_codes=(CODE,),
    contact=Contact("Demo Payer", "+1-555-0100"),
)
VISITS = Quantity(Decimal(12), "visit")


def determined(outcome: object, **changes: object) -> ItemDetermination:
    """A determination that a rule without sources made."""
    found = ItemDetermination(
        1,
        outcome,
        Covered.COVERED,
        True,
        Rule("policy", "p", "1", "A policy"),
        (Reason("Because.", "0V"),),  # type: ignore[arg-type]
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def said(
    found: ItemDetermination, item: RequestedItem = ITEM, file: tuple[Authorized, ...] | None = ()
) -> CoverageAssertion:
    """The assertion about the item."""
    return from_determination(found, item, a_plan(), "Coverage/cov-1", file, TODAY)


QUESTION = Missing("spo2", "What was the saturation?", FORM.split("|")[0], "spo2")
ASK = determined(ASKED.information("owner"), missing=(QUESTION,), forms=(FORM,))


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-30")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-38")
@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (determined(NotRequired(DatePeriod()), authorization_required=False), replace(BASE, pa_needed="no-auth")),
        (
            determined(Limited(DatePeriod(), VISITS, "limit", "A. Person"), allowed=VISITS),
            replace(BASE, details=(Detail("cat-limitation", "allowed-quantity", VISITS, "For one request"),)),
        ),
        (ASK, replace(BASE, doc_needed=("clinical",), questionnaires=(FORM,))),
        (replace(ASK, forms=()), BASE),
        (replace(ASK, missing=()), BASE),
        (
            replace(ASK, authorization_required=False),
            replace(
                BASE, pa_needed="no-auth", doc_needed=("clinical",), doc_purpose=("withclaim",), questionnaires=(FORM,)
            ),
        ),
        (determined(ASKED.review("owner")), BASE),
        (
            determined(ASKED.review("owner"), rule=Rule("policy", "p", "1", "A policy", (CITED,))),
            replace(BASE, details=(Detail("cat-other", "policy-link", "https://policy.example/contract"),)),
        ),
        (
            determined(ASKED.review("owner"), reasons=()),
            replace(BASE, reasons=(AssertionReason("Decided by: A policy."),)),
        ),
    ],
)
def test_a_determination_is_said_with_all_its_qualifiers(found: ItemDetermination, expected: CoverageAssertion) -> None:
    assert said(found) == expected


def test_the_plan_s_own_rules_are_said_too() -> None:
    codes = frozenset({CODE})
    exclusion = Exclusion("x", "Not a benefit", codes, frozenset(), None, None, CITED, "0M", "A. Person", True)
    referral = Referral("r", "Wheelchairs", codes, frozenset(), None, None, CITED, "owner", "34117-2")

    answers = [said(found) for found in (excluded(ASKED, exclusion), referred(ASKED, referral), unnamed(ASKED))]

    assert [(each.covered, each.pa_needed, each.doc_needed) for each in answers] == [
        ("not-covered", None, ()),
        ("covered", "auth-needed", ()),
        ("conditional", "auth-needed", ()),
    ]


def authorized(start: date, end: date, code: Code = CODE) -> Authorized:
    """An authorization on file."""
    return Authorized(
        "PA-1", (code,), DatePeriod(start, end), Source("ClaimResponse/1", "ClaimResponse.preAuthRef", "payer")
    )


YEAR_END = date(2026, 12, 31)


def test_an_authorization_on_file_is_given_with_its_days() -> None:
    assertion = said(ASK, file=(authorized(TODAY, YEAR_END),))

    assert assertion == replace(
        BASE,
        pa_needed="satisfied",
        pa_id="PA-1",
        reasons=(AssertionReason("An authorization for this service is on file; its own limits hold."),),
        details=(Detail("cat-limitation", "allowed-period", DatePeriod(TODAY, YEAR_END)),),
        expires=YEAR_END,
    )


@pytest.mark.parametrize(
    "file",
    [
        authorized(date(2026, 1, 1), date(2026, 11, 19)),
        authorized(date(2026, 11, 21), YEAR_END),
        authorized(TODAY, YEAR_END, Code(HCPCS, "E0431")),
    ],
)
def test_an_authorization_of_other_days_or_services_satisfies_nothing(file: Authorized) -> None:
    assert said(ASK, file=(file,)) == said(ASK)


def test_an_authorization_changes_nothing_where_none_is_needed_or_nothing_is_covered() -> None:
    file = (authorized(TODAY, YEAR_END),)
    free = determined(NotRequired(DatePeriod()), authorization_required=False)
    never = determined(ASKED.review("owner"), covered=Covered.NOT_COVERED)

    assert said(free, file=file).pa_needed == "no-auth"
    assert (said(never, file=file).covered, said(never, file=file).pa_id) == ("not-covered", None)


def test_a_service_without_code_needs_one() -> None:
    assertion = said(unnamed(ASKED), replace(ITEM, codes=()))

    assert (assertion.covered, assertion.pa_needed, assertion.info_needed) == (
        "conditional",
        "conditional",
        ("detail-code",),
    )
