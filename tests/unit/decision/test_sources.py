"""What counts as evidence for an input: of which day, status and unit, and what conflicts."""

from decimal import Decimal

import pytest

from server.decision.facts import Authorized, Facts, Source
from server.decision.finding import Evidence, State
from server.decision.request import Code, Quantity
from server.fhir.codes import UCUM
from server.fhir.dates import DatePeriod
from tests.builders.decisions import a_period, a_quantity, an_item, answered, diagnosed, measured, observed
from tests.builders.policies import INPUTS, a_policy, decided, finding

SATURATION = "loinc|59408-5"


def _state(*observations: object, answers: tuple[object, ...] = ()) -> State:
    facts = Facts(observed=observations, answered=answers)  # type: ignore[arg-type]
    return finding(decided(a_policy(), facts), "level").state


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (measured("88"), State.MET),
        (measured("88.0"), State.MET),
        (measured("88.01"), State.NOT_MET),
        (measured("0.88", "1"), State.MET),
        (measured("0.881", "1"), State.NOT_MET),
        (measured("88", "mm[Hg]"), State.UNKNOWN),
        (Quantity(Decimal(88), "%"), State.MET),
        (Quantity(Decimal(88), "percent"), State.UNKNOWN),
        (Quantity(Decimal(88)), State.UNKNOWN),
        (Quantity(Decimal(88), "%", "http://another.example/units", "%"), State.UNKNOWN),
        (Quantity(Decimal(88), "%", None, "%"), State.MET),
        (None, State.UNKNOWN),
        (Decimal("0.5"), State.UNKNOWN),
        ("88", State.UNKNOWN),
        (True, State.UNKNOWN),
    ],
)
def test_a_value_is_compared_only_in_a_unit_that_converts_exactly(value: object, state: State) -> None:
    assert _state(observed(SATURATION, value)) is state  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("final", State.MET),
        ("amended", State.MET),
        ("corrected", State.MET),
        ("preliminary", State.UNKNOWN),
        ("registered", State.UNKNOWN),
        ("entered-in-error", State.UNKNOWN),
        ("cancelled", State.UNKNOWN),
        ("unknown", State.UNKNOWN),
    ],
)
def test_only_results_that_stand_are_counted(status: str, state: State) -> None:
    assert _state(observed(SATURATION, measured("80"), status=status)) is state


@pytest.mark.parametrize(
    ("on", "state"),
    [
        ("2026-10-21", State.MET),
        ("2026-10-20", State.UNKNOWN),
        ("2026-11-21", State.MET),
        ("2026-11-22", State.UNKNOWN),
        (a_period("2026-11-01", "2026-11-30"), State.UNKNOWN),
        (a_period("2026-10-22", "2026-10-31"), State.MET),
        (DatePeriod(None, None), State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_an_observation_counts_only_when_it_is_within_its_window_for_certain(on: object, state: State) -> None:
    assert _state(observed(SATURATION, measured("80"), on)) is state  # type: ignore[arg-type]


def test_the_latest_observation_counts_whatever_their_order() -> None:
    early, late = observed(SATURATION, measured("80"), "2026-11-10"), observed("loinc|2708-6", measured("95"))

    assert _state(early, late) is State.NOT_MET
    assert _state(late, early) is State.NOT_MET


def test_a_void_observation_does_not_hide_an_earlier_one() -> None:
    early = observed(SATURATION, measured("80"), "2026-11-10")
    late = observed(SATURATION, measured("95"), status="entered-in-error")

    assert _state(early, late) is State.MET


def test_observations_whose_order_is_not_known_must_agree() -> None:
    first, second = observed(SATURATION, measured("80"), at="1"), observed(SATURATION, measured("95"), at="2")

    determined = decided(a_policy(), Facts(observed=(first, second)))

    found = finding(determined, "level")
    assert (found.state, found.conflict) == (State.UNKNOWN, True)
    assert found.evidence == (
        Evidence("Observation/1", "value", "80 %", "2026-11-19"),
        Evidence("Observation/2", "value", "95 %", "2026-11-19"),
    )


def test_sources_that_disagree_are_unknown_and_all_are_shown() -> None:
    facts = Facts(observed=(observed(SATURATION, measured("80")),), answered=(answered("level", measured("95")),))

    determined = decided(a_policy(), facts)

    found = finding(determined, "level")
    assert (found.state, found.conflict) == (State.UNKNOWN, True)
    assert [evidence.shown for evidence in found.evidence] == ["80 %", "95 %"]
    assert [missing.ask for missing in determined.missing] == [
        "The sources disagree; say which holds: What is the level?"
    ]


def test_sources_that_differ_but_agree_about_the_criterion_are_no_conflict() -> None:
    assert _state(observed(SATURATION, measured("80")), answers=(answered("level", measured("85")),)) is State.MET


def test_a_value_that_can_not_be_compared_is_no_conflict() -> None:
    assert _state(observed(SATURATION, measured("80")), answers=(answered("level", a_quantity("9", "x")),)) is State.MET


def test_the_latest_answer_of_a_form_counts() -> None:
    answers = (answered("level", measured("80"), on="2026-11-01"), answered("level", measured("95")))

    assert _state(answers=answers) is State.NOT_MET


def test_an_old_answer_does_not_count() -> None:
    assert _state(answers=(answered("level", measured("80"), on="2026-10-20"),)) is State.UNKNOWN


def test_what_does_not_count_is_shown_with_its_reason() -> None:
    old = observed(SATURATION, measured("80"), "2026-10-01")

    determined = decided(a_policy(), Facts(observed=(old,)))

    assert finding(determined, "level").evidence == (
        Evidence("Observation/1", "value", "80 % (not known to be within 30 days before the request)", "2026-10-01"),
    )


CODED = """\
value_sets:
  asthma: {title: Asthma, codes: [icd10cm|J45.40], families: [icd10cm|J44]}
inputs:
  diagnosis:
    ask: Which diagnosis?
    from: [%s]
"""
IN_SET = """\
criteria: {id: in-set, text: It is in the set., input: diagnosis, in: asthma, citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("icd10cm|J45.40", State.MET),
        ("icd10cm|J4540", State.MET),
        ("icd10cm|J44.9", State.MET),
        ("icd10cm|J44", State.MET),
        ("icd10cm|J45.41", State.UNKNOWN),
        ("snomed|J44.9", State.UNKNOWN),
    ],
)
def test_a_list_of_diagnoses_never_shows_that_one_is_absent(code: str, state: State) -> None:
    policy = a_policy(inputs=CODED % "{conditions: all}", criteria=IN_SET)

    assert finding(decided(policy, Facts(diagnosed=(diagnosed(code),))), "in-set").state is state
    item = an_item("hcpcs|S1000", diagnoses=(diagnosed(code).codes[0],))
    assert finding(decided(policy, item=item), "in-set").state is state


def test_a_coded_answer_shows_that_another_code_does_not_hold() -> None:
    policy = a_policy(inputs=CODED % "{form_item: level}", criteria=IN_SET)
    other = Code("http://hl7.org/fhir/sid/icd-10-cm", "J45.41")

    assert finding(decided(policy, Facts(answered=(answered("level", other),))), "in-set").state is State.NOT_MET


def test_a_refuted_diagnosis_says_nothing_of_the_other_codes_of_the_set() -> None:
    policy = a_policy(inputs=CODED % "{conditions: all}", criteria=IN_SET)
    refuted, other = diagnosed("icd10cm|J44.9", "refuted"), diagnosed("icd10cm|J45.40")

    assert finding(decided(policy, Facts(diagnosed=(refuted,))), "in-set").state is State.UNKNOWN
    assert finding(decided(policy, Facts(diagnosed=(refuted, other))), "in-set").state is State.MET


def test_a_diagnosis_that_one_source_refutes_and_another_gives_is_a_conflict() -> None:
    policy = a_policy(inputs=CODED % "{conditions: all}", criteria=IN_SET)
    facts = Facts(diagnosed=(diagnosed("icd10cm|J44.9", "refuted"), diagnosed("icd10cm|J44.9")))

    found = finding(decided(policy, facts), "in-set")

    assert (found.state, found.conflict) == (State.UNKNOWN, True)


def test_an_inactive_diagnosis_does_not_count() -> None:
    policy = a_policy(inputs=CODED % "{conditions: all}", criteria=IN_SET)

    determined = decided(policy, Facts(diagnosed=(diagnosed("icd10cm|J44.9", "inactive"),)))

    assert finding(determined, "in-set").state is State.UNKNOWN


AGE = """\
inputs:
  age: {ask: How old is the member?, from: [{member: age}]}
"""
OF_AGE = """\
criteria: {id: of-age, text: At least 65 years., input: age, at_least: 65, unit: a, citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("birth_date", "state"),
    [
        ("1961-11-20", State.MET),
        ("1961-11-21", State.NOT_MET),
        ("1961-11", State.UNKNOWN),
        ("1961", State.UNKNOWN),
        ("1960", State.MET),
        ("1962", State.NOT_MET),
        (None, State.UNKNOWN),
        ("no date", State.UNKNOWN),
    ],
)
def test_a_partial_birth_date_is_every_age_that_it_may_mean(birth_date: str | None, state: State) -> None:
    policy = a_policy(inputs=AGE, criteria=OF_AGE)

    found = finding(decided(policy, birth_date=birth_date), "of-age")  # type: ignore[arg-type]

    assert (found.state, found.conflict) == (state, False)


ON_FILE = """\
value_sets:
  hip: {title: Hip surgery, codes: [cpt|27130]}
inputs:
  surgery: {ask: Which surgery was authorized?, from: [{authorization: [cpt|27130]}]}
criteria:
  {id: on-file, text: A surgery is authorized., input: surgery, known: true, citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("code", "valid", "state"),
    [
        ("27130", a_period("2026-11-01", "2026-12-31"), State.MET),
        ("27130", a_period("2026-11-01", "2026-11-30"), State.UNKNOWN),
        ("27447", a_period("2026-11-01", "2026-12-31"), State.UNKNOWN),
    ],
)
def test_an_authorization_on_file_counts_when_it_is_valid_for_the_service(
    code: str, valid: DatePeriod, state: State
) -> None:
    policy = a_policy(inputs=ON_FILE, criteria="")
    held = Authorized("PA1", (Code("http://www.ama-assn.org/go/cpt", code),), valid, Source("Case/1", "items"))
    item = an_item("hcpcs|S1000", serviced=a_period("2026-12-05"))

    assert finding(decided(policy, Facts(authorized=(held,)), item), "on-file").state is state


ORDER = """\
inputs:
  intent: {ask: What is the intent?, from: [{order: intent}]}
  amount: {ask: How many?, from: [{request: quantity}]}
value_sets:
  orders: {title: Orders, codes: ["https://passage.example/fhir/CodeSystem/intent|order"]}
criteria:
  id: both
  text: Both hold.
  all:
    - {id: intent, text: It is an order., input: intent, in: orders, citation: {source: book, page: "3"}}
    - {id: amount, text: At most 5 visits., input: amount, at_most: 5, unit: visit, citation: {source: book, page: "4"}}
"""


def test_the_order_and_the_item_are_read_where_they_say_something() -> None:
    policy = a_policy(inputs=ORDER, criteria="")
    order = Code("https://passage.example/fhir/CodeSystem/intent", "order")
    stated = an_item("hcpcs|S1000", quantity=a_quantity("5"), attributes={"intent": (order,)})

    silent, spoken = decided(policy), decided(policy, item=stated)

    assert [child.state for child in silent.findings[0].children] == [State.UNKNOWN, State.UNKNOWN]
    assert [child.state for child in spoken.findings[0].children] == [State.MET, State.MET]
    assert finding(spoken, "amount").evidence == (Evidence("Claim.item[0]", "quantity", "5 visit"),)


YES = (
    INPUTS.replace("level:", "yes:")
    .replace("form_item: level", "form_item: yes")
    .replace("      - observation: [loinc|59408-5, loinc|2708-6]\n", "")
)
IS_YES = """\
criteria: {id: yes, text: The answer is yes., input: yes, is: true, citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ((True,), State.MET),
        ((False,), State.NOT_MET),
        ((True, False), State.UNKNOWN),
        ((Code("http://terminology.hl7.org/CodeSystem/v2-0136", "Y"),), State.MET),
        ((Code("http://terminology.hl7.org/CodeSystem/v2-0136", "N"),), State.NOT_MET),
        ((Code("http://terminology.hl7.org/CodeSystem/v2-0136", "X"),), State.UNKNOWN),
        (("yes",), State.UNKNOWN),
        ((), State.UNKNOWN),
    ],
)
def test_an_answer_is_yes_or_no_or_unknown(values: tuple[object, ...], state: State) -> None:
    policy = a_policy(inputs=YES, criteria=IS_YES)

    found = finding(decided(policy, Facts(answered=(answered("yes", *values),))), "yes")  # type: ignore[arg-type]

    assert found.state is state


DAY = YES.replace("yes", "day")
RECENT = """\
criteria:
  {id: day, text: At most 10 days before the service., input: day, within_days: 10, before: service,
   citation: {source: book, page: "3"}}
"""


@pytest.mark.parametrize(
    ("day", "state"),
    [
        ("2026-11-25", State.MET),
        ("2026-11-24", State.NOT_MET),
        ("2026-12-05", State.MET),
        ("2026-12-06", State.UNKNOWN),
        ("2026-11", State.UNKNOWN),
        ("2026-10", State.NOT_MET),
        ("yesterday", State.UNKNOWN),
    ],
)
def test_a_day_is_counted_back_from_the_service(day: str, state: State) -> None:
    policy = a_policy(inputs=DAY, criteria=RECENT)
    item = an_item("hcpcs|S1000", serviced=a_period("2026-12-05", "2026-12-31"))

    assert finding(decided(policy, Facts(answered=(answered("day", day),)), item), "day").state is state


def test_the_unit_of_a_pressure_converts_exactly() -> None:
    pressure = INPUTS.replace("loinc|59408-5, loinc|2708-6", "loinc|2703-7")
    at_most = """\
criteria:
  {id: level, text: At most 55 mm Hg., input: level, at_most: 55, unit: "mm[Hg]", citation: {source: book, page: "3"}}
"""
    policy = a_policy(inputs=pressure, criteria=at_most)

    # 55 mm[Hg] are exactly 7.33271 kPa.
    exact = Facts(observed=(observed("loinc|2703-7", Quantity(Decimal("7.33271"), "kPa", UCUM, "kPa")),))
    over = Facts(observed=(observed("loinc|2703-7", Quantity(Decimal("7.33272"), "kPa", UCUM, "kPa")),))
    assert finding(decided(policy, exact), "level").state is State.MET
    assert finding(decided(policy, over), "level").state is State.NOT_MET


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_windows_end_with_the_calendar(day: str) -> None:
    policy = a_policy(inputs=DAY, criteria=RECENT)
    item = an_item("hcpcs|S1000", serviced=a_period(day))

    assert finding(decided(policy, Facts(answered=(answered("day", day),)), item), "day").state is State.MET
