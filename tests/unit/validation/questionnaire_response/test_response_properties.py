"""Whatever a form and its response are, the check ends with findings, quickly, and repeats nothing of the answers."""

import time
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir.validation.questionnaire_response.check import check_response
from server.fhir.validation.questionnaire_response.documents import check_responses, forms_of
from server.fhir.validation.validate import Verdict
from tests.builders.questionnaires import CORE, SDC, a_questionnaire, a_response, an_answer, an_item
from tests.builders.validation import shipped

Json = Any

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.decimals(-3, 3, allow_nan=False),
    st.sampled_from(["a", "q", "2026"]),
)
KEYS = (
    "linkId type item answer answerOption answerValueSet enableWhen enableBehavior question operator answerInteger "
    "answerCoding answerQuantity extension url valueInteger valueString valueCoding valueQuantity valueDate code "
    "system value unit required repeats maxLength contained resourceType questionnaire id compose include "
    "expansion contains"
)
WORDS = [
    "group",
    "choice",
    "open-choice",
    "quantity",
    "integer",
    "date",
    "string",
    "display",
    ">",
    "=",
    "exists",
    "#vs",
]
URLS = [CORE + "minValue", CORE + "regex", CORE + "questionnaire-unitOption", SDC + "enableWhenExpression"]
VALUES = st.recursive(
    SCALARS | st.sampled_from(WORDS + URLS),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split(" ")), below, max_size=5),
    max_leaves=25,
)

ODD = ("extension", "answerOption", "answerValueSet", "enableWhen", "enableBehavior", "required", "maxLength", "item")
ITEM = st.fixed_dictionaries(
    {"linkId": st.sampled_from(["a", "q"]), "type": st.sampled_from(WORDS[:8])}, optional=dict.fromkeys(ODD, VALUES)
)
GIVEN = st.fixed_dictionaries({"linkId": st.sampled_from(["a", "q"])}, optional={"answer": VALUES, "item": VALUES})


@settings(max_examples=300, deadline=None)
@given(VALUES | st.lists(ITEM, max_size=3), VALUES | st.lists(GIVEN, max_size=3), VALUES)
def test_no_form_and_no_response_is_an_exception(form: Json, response: Json, value_set: Json) -> None:
    questionnaire = {"resourceType": "Questionnaire", "url": "q", "item": form, "contained": value_set}
    answered = {"resourceType": "QuestionnaireResponse", "questionnaire": "q", "item": response, "contained": form}

    found = check_responses(Verdict(()), answered, forms_of([questionnaire, value_set]), shipped().terminology)

    assert found.errors == len([one for one in found.findings if one.severity == "error"])


def _seconds(size: int) -> float:
    when = [{"question": "q0", "operator": "=", "answerString": "x"}]
    below = [an_item(f"q{index}", enableWhen=when if index else [], repeats=True) for index in range(20)]
    form = a_questionnaire(an_item("g", "group", repeats=True, item=below))
    rows = [{"linkId": "g", "item": [an_answer(f"q{index}", "x") for index in range(20)]} for _ in range(size)]
    start = time.perf_counter()
    assert check_response(a_response(*rows), form, shipped().terminology).found == []
    return time.perf_counter() - start


def test_ten_times_the_answers_take_about_ten_times_as_long() -> None:
    small = min(_seconds(40) for _ in range(3))

    assert min(_seconds(400) for _ in range(2)) < small * 40
