"""The invariants of coverage-information hold in every version, whatever was determined.

https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.crd.assertion import AssertionReason, CoverageAssertion
from server.crd.coverage_information import extension
from server.crd.from_determination import from_determination, not_covered, technical
from server.crd.membership import COVERAGE_NOT_FOUND, NO_ACTIVE_COVERAGE, NO_MEMBER_FOUND, OTHER_PAYER
from server.crd.wire.versions import DIALECTS
from server.decision.determination import (
    Approved,
    Covered,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Pended,
    Reason,
    Rule,
)
from server.decision.facts import Authorized, Source
from server.decision.finding import Citation, Missing
from server.decision.request import Code, Quantity, RequestedItem
from server.fhir.dates import DatePeriod
from tests.builders.hooks import HCPCS, a_plan, parts

TODAY = date(2026, 11, 20)
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen|1.0.0"
PLAN = a_plan()
VALID = DatePeriod(TODAY, TODAY + timedelta(days=90))
VISITS = Quantity(Decimal("10"), "visit", "http://unitsofmeasure.org", "{visit}")
OUTCOMES = (
    NotRequired(VALID),
    Approved(VALID),
    Limited(VALID, VISITS, "limit", "A. Person"),
    Excluded("exclusion", "A. Person"),
    Pended("information", "owner", datetime(2026, 11, 27, tzinfo=UTC)),
    Pended("review", "owner", datetime(2026, 11, 27, tzinfo=UTC)),
)

CITATIONS = (
    Citation("A policy", "section B", "2021-09-27", "https://policy.example/a"),
    Citation("Contract", "4", "2026"),
)
MISSING = (
    Missing("spo2", "What was the saturation?", FORM.split("|")[0], "spo2"),
    Missing("spo2", "What was the saturation?", FORM, "spo2"),
    Missing("document", "Send the document.", attachment="34117-2"),
)


@st.composite
def determinations(draw: st.DrawFn) -> ItemDetermination:
    """Any determination the types allow, also those that no rule makes today."""
    return ItemDetermination(
        sequence=1,
        outcome=draw(st.sampled_from(OUTCOMES)),
        covered=draw(st.sampled_from(Covered)),
        authorization_required=draw(st.booleans()),
        rule=Rule("policy", "rule", "1", "A rule", draw(st.sampled_from([(), CITATIONS]))),
        reasons=tuple(draw(st.lists(st.just(Reason("Because.", "0V")), max_size=2))),
        missing=tuple(draw(st.lists(st.sampled_from(MISSING), max_size=3, unique=True))),
        forms=draw(st.sampled_from([(), (FORM,), (FORM, "https://passage.example/fhir/Questionnaire/other|2.0.0")])),
        allowed=draw(st.sampled_from([None, VISITS])),
    )


AUTHORIZED = Authorized(
    "PA1", (Code(HCPCS, "E1390"),), VALID, Source("ClaimResponse/1", "ClaimResponse.preAuthRef", "payer")
)
FILES = st.sampled_from([None, (), (AUTHORIZED,)])
ITEMS = st.sampled_from(
    [
        RequestedItem(1, "DeviceRequest/1", codes)
        for codes in ((), (Code(HCPCS, "E1390"),), (Code("http://loinc.org", "1-8"),))
    ]
)
SPECIAL = (NO_MEMBER_FOUND, COVERAGE_NOT_FOUND, NO_ACTIVE_COVERAGE, OTHER_PAYER)
OF_DETERMINATIONS = st.builds(
    lambda determined, item, file: from_determination(determined, item, PLAN, "Coverage/1", file, TODAY),
    determinations(),
    ITEMS,
    FILES,
)
CODES = {
    "covered": st.sampled_from(["covered", "not-covered", "conditional", "indeterminate"]),
    "pa_needed": st.sampled_from(
        [None, "no-auth", "auth-needed", "performpa", "satisfied", "conditional", "indeterminate"]
    ),
    "doc_needed": st.lists(
        st.sampled_from(["clinical", "admin", "patient", "conditional", "indeterminate"]), unique=True
    ).map(tuple),
    "info_needed": st.lists(
        st.sampled_from(["performer", "location", "timeframe", "contract-window", "detail-code", "OTH"]), unique=True
    ).map(tuple),
    "questionnaires": st.sampled_from([(), (FORM,)]),
    "doc_purpose": st.sampled_from([(), ("withclaim",)]),
    "pa_id": st.sampled_from([None, "PA1"]),
}
ANY_CODES = st.builds(
    CoverageAssertion,
    coverage=st.just("Coverage/1"),
    reasons=st.just((AssertionReason("Because.", "technical"),)),
    **CODES,
)
ASSERTIONS = st.one_of(
    OF_DETERMINATIONS,
    st.sampled_from([technical("Coverage/1"), *(not_covered("Coverage/1", reasons) for reasons in SPECIAL)]),
    ANY_CODES,
)


def said(assertion: CoverageAssertion, version: str) -> dict[str, list[Any]]:
    """The parts of the extension as the version writes them."""
    (dialect,) = [known for known in DIALECTS if known.version == version]
    return parts(extension(assertion, "id-1", TODAY, dialect))


def states(repetition: dict[str, list[Any]]) -> list[str]:
    """The codes of covered, pa-needed and doc-needed."""
    return [code for url in ("covered", "pa-needed", "doc-needed") for code in repetition.get(url, [])]


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@resp-52")
@given(ASSERTIONS, st.sampled_from(["2.1", "2.2"]))
def test_every_invariant_holds_from_2_1_on(assertion: CoverageAssertion, version: str) -> None:
    repetition = said(assertion, version)

    pa_needed, purposes = repetition.get("pa-needed", []), repetition.get("doc-purpose", [])
    reasons = repetition.get("reason", [])
    assert "questionnaire" not in repetition or repetition.get("doc-needed"), "crd-ci-q1"
    assert repetition["covered"] != ["not-covered"] or not pa_needed, "crd-ci-q2"
    assert ("conditional" in states(repetition)) == bool(repetition.get("info-needed")), "crd-ci-q3"
    assert "withpa" not in purposes, "crd-ci-q4"
    assert (pa_needed == ["satisfied"]) == bool(repetition.get("satisfied-pa-id")), "crd-ci-q5"
    assert "OTH" not in repetition.get("info-needed", []) or reasons, "crd-ci-q6"
    assert all(reason.get("text") for reason in reasons), "crd-ci-q7"
    assert not purposes or reasons, "crd-ci-q8"
    assert "indeterminate" not in states(repetition) or reasons, "crd-ci-q9"


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.0.1@262")
@given(ASSERTIONS)
def test_every_invariant_holds_in_2_0(assertion: CoverageAssertion) -> None:
    repetition = said(assertion, "2.0")

    doc_needed, pa_needed = repetition.get("doc-needed", []), repetition.get("pa-needed", [])
    assert "questionnaire" not in repetition or (doc_needed and "no-doc" not in doc_needed), "crd-ci-q1"
    assert len(pa_needed) == 1, "crd-ci-q2, and the missing exists() of its expression"
    assert ("conditional" in states(repetition)) == bool(repetition.get("info-needed")), "crd-ci-q3"
    assert "PA" not in repetition.get("doc-purpose", []), "crd-ci-q4"
    assert (pa_needed == ["satisfied"]) == bool(repetition.get("satisfied-pa-id")), "crd-ci-q5"


ALLOWED = {
    "2.0": {
        "covered": {"covered", "not-covered", "conditional"},
        "pa-needed": {"no-auth", "auth-needed", "satisfied", "performpa", "conditional"},
        "doc-needed": {"clinical", "admin", "both", "conditional"},
        "info-needed": {"performer", "location", "timeframe", "contract-window", "OTH"},
        "reason": {"gold-card", "detail-code"},
    },
    "2.1": {
        "covered": {"covered", "not-covered", "conditional"},
        "pa-needed": {"no-auth", "auth-needed", "satisfied", "performpa", "conditional"},
        "doc-needed": {"clinical", "admin", "patient", "conditional"},
        "info-needed": {"performer", "location", "timeframe", "contract-window", "OTH"},
        "reason": {"gold-card", "detail-code"},
    },
    "2.2": {
        "covered": {"covered", "not-covered", "conditional", "indeterminate"},
        "pa-needed": {"no-auth", "auth-needed", "satisfied", "performpa", "conditional", "indeterminate"},
        "doc-needed": {"clinical", "admin", "patient", "conditional", "indeterminate"},
        "info-needed": {"performer", "location", "timeframe", "contract-window", "detail-code", "OTH"},
        "reason": {
            "gold-card",
            "no-member-found",
            "no-active-coverage",
            "coverage-not-found",
            "auth-out-network",
            "technical",
        },
    },
}


@given(ASSERTIONS, st.sampled_from(sorted(ALLOWED)))
def test_only_codes_of_the_version_are_written(assertion: CoverageAssertion, version: str) -> None:
    repetition = said(assertion, version)

    allowed = ALLOWED[version]
    for url in ("covered", "pa-needed", "doc-needed", "info-needed"):
        assert set(repetition.get(url, [])) <= allowed[url]
    codes = {coding["code"] for reason in repetition["reason"] for coding in reason.get("coding", [])}
    assert codes <= allowed["reason"]
    once = {"coverage", "covered", "pa-needed", "date", "coverage-assertion-id", "satisfied-pa-id", "expiry-date"}
    once |= {"doc-needed"} if version == "2.0" else set()
    assert all(len(values) == 1 for url, values in repetition.items() if url in once)
    assert {"coverage", "covered", "date", "coverage-assertion-id"} <= repetition.keys()
    assert version != "2.0" or "expiry-date" not in repetition
    for detail in repetition.get("detail", []):
        assert set(detail) - {"qualification"} == ({"category"} if version == "2.2" else set()) | {"code", "value"}


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@found-9")
@given(determinations(), ITEMS, FILES)
def test_nothing_but_a_term_of_the_contract_is_said_to_be_not_covered(
    determined: ItemDetermination, item: RequestedItem, on_file: tuple[Authorized, ...] | None
) -> None:
    assertion = from_determination(determined, item, PLAN, "Coverage/1", on_file, TODAY)

    by_contract = isinstance(determined.outcome, Excluded) or determined.covered is Covered.NOT_COVERED
    assert assertion.covered != "not-covered" or by_contract
