"""Media types: what is read, what is written, and what a client is told otherwise."""

import pytest

from server.errors import Refusal, RequestRefused
from server.web.negotiate import answer_type, check_content_type, check_form

FHIR = "application/fhir+json"
PLAIN = "application/json"


@pytest.mark.parametrize(
    "content_type",
    [
        FHIR,
        PLAIN,
        "Application/FHIR+JSON; charset=UTF-8",
        'application/json;charset="utf-8"',
        "application/fhir+json; fhirVersion=4.0",
    ],
)
def test_reads_json(content_type: str) -> None:
    check_content_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/fhir+xml",
        "application/json-patch+json",
        "application/json; charset=iso-8859-1",
        "application/fhir+json; fhirVersion=5.0",
    ],
)
def test_refuses_other_content_types(content_type: str | None) -> None:
    with pytest.raises(RequestRefused) as refused:
        check_content_type(content_type)

    assert refused.value.refusal is Refusal.UNSUPPORTED_MEDIA
    assert [issue.code for issue in refused.value.issues] == ["not-supported"]


@pytest.mark.parametrize(
    ("accept", "asked_format", "answer"),
    [
        (None, None, FHIR),
        ("*/*", None, FHIR),
        ("application/*;q=0.8", None, FHIR),
        ("text/html,application/xhtml+xml,*/*;q=0.8", None, FHIR),
        (PLAIN, None, PLAIN),
        ("application/fhir+json, application/json", None, FHIR),
        ("application/fhir+json; fhirVersion=4.0", None, FHIR),
        ("application/fhir+json;q=0, application/json", None, PLAIN),
        ("application/fhir+xml", "json", FHIR),
        ("text/html", "application/json", PLAIN),
        (None, "application/fhir json", FHIR),
    ],
)
def test_answers_with_a_type_that_was_asked_for(accept: str | None, asked_format: str | None, answer: str) -> None:
    assert answer_type(accept, asked_format) == answer


@pytest.mark.parametrize(
    ("accept", "asked_format"),
    [
        ("application/fhir+xml", None),
        ("text/html", None),
        ("application/fhir+json;q=0", None),
        ("application/fhir+json;fhirVersion=3.0", None),
        ("*/*", "xml"),
        (FHIR, "application/fhir+xml"),
        (FHIR, ""),
    ],
)
def test_refuses_to_answer_in_other_types(accept: str, asked_format: str | None) -> None:
    with pytest.raises(RequestRefused) as refused:
        answer_type(accept, asked_format)

    assert refused.value.refusal is Refusal.NOT_ACCEPTABLE


def test_a_search_by_post_is_a_form() -> None:
    check_form("application/x-www-form-urlencoded; charset=utf-8")

    with pytest.raises(RequestRefused):
        check_form(FHIR)
