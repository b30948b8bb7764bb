"""Whatever the evidence is, a shipped policy decides: it approves, asks or refers, and says why."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from server.content.load import load_content
from server.decision.determination import Approved, Limited, Pended
from server.decision.determine import determine
from server.decision.explain import explain
from server.decision.facts import Answered, Diagnosed, Facts, Observed, Source
from server.decision.finding import State
from server.decision.request import Code, Quantity
from server.fhir import json
from server.fhir.codes import ICD10CM, LOINC, UCUM
from server.fhir.dates import DatePeriod
from tests.builders.content import ROOT
from tests.builders.decisions import a_member, a_request, an_item

CONTENT = load_content(ROOT, demo=True)
FORM = "https://passage.example/fhir/Questionnaire/home-oxygen"
ITEMS = ["test-date", "test-setting", "pao2", "spo2", "edema", "cor-pulmonale", "hematocrit"]

DAYS = st.one_of(st.none(), st.dates(date(2026, 9, 1), date(2026, 12, 31)), st.just(date.min), st.just(date.max))
PERIODS = st.one_of(st.none(), st.builds(DatePeriod, DAYS, DAYS))
UNITS = st.sampled_from([None, "%", "1", "mm[Hg]", "kPa", "torr"])
NUMBERS = st.one_of(
    st.decimals(0, 110, places=1), st.sampled_from([Decimal("1E+308"), Decimal("-1E-308"), Decimal(55), Decimal(88)])
)
CODES = st.builds(
    Code, st.sampled_from([LOINC, ICD10CM, "", "urn:x"]), st.sampled_from(["I27.0", "I2723", "2703-7", "rest", ""])
)
VALUES = st.one_of(
    st.builds(Quantity, NUMBERS, UNITS, st.sampled_from([None, UCUM, "urn:x"]), UNITS),
    CODES,
    NUMBERS,
    st.booleans(),
    st.sampled_from(["2026-11-10", "2026-11", "2026", "", "no date", "9999-12-31", "0001-01-01"]),
)
SOURCES = st.builds(Source, st.just("Observation/1"), st.just("value"))
OBSERVED = st.builds(
    Observed,
    st.tuples(st.builds(Code, st.just(LOINC), st.sampled_from(["2703-7", "59408-5", "2708-6", "4544-3"]))),
    st.one_of(st.none(), VALUES),
    st.sampled_from(["final", "amended", "preliminary", "entered-in-error", ""]),
    SOURCES,
    PERIODS,
)
ANSWERED = st.builds(
    Answered, st.just(FORM), st.sampled_from(ITEMS), st.lists(VALUES, max_size=3).map(tuple), SOURCES, PERIODS
)
DIAGNOSED = st.builds(Diagnosed, st.tuples(CODES), st.sampled_from(["active", "inactive", "refuted"]), SOURCES, PERIODS)
FACTS = st.builds(
    Facts,
    observed=st.lists(OBSERVED, max_size=6).map(tuple),
    answered=st.lists(ANSWERED, max_size=8).map(tuple),
    diagnosed=st.lists(DIAGNOSED, max_size=4).map(tuple),
)


@given(
    FACTS, PERIODS, st.sampled_from(["hcpcs|E1390", "cpt|97110"]), st.one_of(st.none(), st.builds(Quantity, NUMBERS))
)
@settings(deadline=None, max_examples=150)
def test_any_evidence_is_decided_and_explained(
    facts: Facts, serviced: DatePeriod | None, code: str, quantity: Quantity | None
) -> None:
    item = an_item(code, serviced=serviced, quantity=quantity)
    request = a_request(item, member=a_member("medicare-advantage"))

    [decided] = determine(request, facts, CONTENT.policies, CONTENT.plans["demo"], date(2026, 11, 20)).items

    explanation = explain(decided)
    [root] = decided.findings
    assert isinstance(decided.outcome, Approved | Limited | Pended)
    assert root.state is State.MET or isinstance(decided.outcome, Pended)
    assert decided.reasons
    assert json.read(json.write(explanation)) == explanation


@given(FACTS, OBSERVED)
@settings(deadline=None, max_examples=80)
def test_what_was_entered_in_error_changes_nothing(facts: Facts, further: Observed) -> None:
    void = Observed(further.codes, further.value, "entered-in-error", further.source, further.effective)
    request = a_request(an_item("hcpcs|E1390"), member=a_member("medicare-advantage"))
    plan, on = CONTENT.plans["demo"], date(2026, 11, 20)

    without = determine(request, facts, CONTENT.policies, plan, on)
    with_it = determine(
        request, Facts((*facts.observed, void), facts.diagnosed, facts.answered), CONTENT.policies, plan, on
    )

    assert with_it == without
