"""A case survives being stored, whatever it holds, and is found by the keys that its readers use."""

from datetime import UTC, date, datetime

from server.cases.case import Case, CaseAnswer, CaseEvent, CaseItem, CaseRequest
from server.cases.document import (
    authorized_key,
    claim_key,
    from_document,
    identifier_key,
    member_key,
    request_key,
    to_document,
)
from server.decision.request import Code
from server.fhir import json
from server.fhir.dates import DatePeriod
from server.fhir.identifier import Identifier
from server.storage.port import Document

RECEIVED = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TRACE = Identifier("https://ehr.example/claims", "CLM-1")
BARE = Identifier(None, "BDL-1")


def a_case(**changes: object) -> Case:
    """A pended case of two items."""
    case = {
        "id": "case-1",
        "state": "pended",
        "plan": "demo",
        "line_of_business": "commercial",
        "member": "member-1",
        "received": RECEIVED,
        "updated": RECEIVED,
        "expedited": True,
        "requests": (CaseRequest("d1", "anonymous", "urn:uuid:c", BARE, (TRACE,), ("THEIRS-1",), ("TRACE-1",)),),
        "answers": (CaseAnswer("d2", "response-1", request="d1"),),
        "items": (
            CaseItem(
                1, (Code("s", "c", "shown"),), "A1", {"rule": {}}, "PA1", "RN1", DatePeriod(date(2026, 12, 1), None)
            ),
            CaseItem(2, (), "A4", {}, None, "RN1", None, datetime(2026, 11, 27, 15, tzinfo=UTC), "intake"),
        ),
        "events": (CaseEvent(RECEIVED, "decided", "engine", "item 1: A1"),),
        "version": 3,
    }
    return Case(**{**case, **changes})  # type: ignore[arg-type]


def stored(document: Document) -> Document:
    """The document as a store gives it back: its body went through JSON."""
    return Document(**{**{name: getattr(document, name) for name in document.__slots__}, "body": reread(document.body)})


def reread(body: json.Json) -> json.Json:
    """The body after a round trip."""
    return json.read(json.write(body))


def test_a_case_comes_back_as_it_was_kept() -> None:
    case = a_case()

    again = from_document(stored(to_document(case)))

    assert again == case


def test_a_case_that_could_not_be_processed_comes_back_as_it_was_kept() -> None:
    request = CaseRequest("d1", "anonymous", "urn:uuid:c")
    errors = ({"code": "75", "text": "No member."},)
    case = a_case(
        state="error", plan=None, line_of_business=None, member=None, requests=(request,), items=(), errors=errors
    )

    again = from_document(stored(to_document(case)))

    assert again == case


def test_its_numbers_and_its_request_are_unique_and_the_rest_is_found() -> None:
    document = to_document(a_case(), payloads=frozenset({"d3"}))

    assert document.unique == {request_key("anonymous", "d1"), "authorization:PA1", "reference:RN1"}
    assert document.index == {
        "state:pended",
        "member:member-1",
        member_key("member-1"),
        authorized_key("member-1", Code("s", "c")),
        claim_key("anonymous", "urn:uuid:c"),
        identifier_key(TRACE),
        identifier_key(BARE),
        "number:THEIRS-1",
        "number:PA1",
        "number:RN1",
        "trace:TRACE-1",
        "known:CLM-1",
        "known:BDL-1",
        "work:due:2026",
        "work:due:2026-11",
        "work:due:2026-11-27",
        "work:due:2026-11-27T15",
        "work:owner:intake",
        "work:line:commercial",
        "work:running",
    }
    assert (document.kind, document.order, document.version) == ("case", "2026-11-20T15:00:00.000Z", 3)
    assert document.payloads == {"d1", "d2", "d3"}


def test_a_case_without_an_authorization_is_not_on_file() -> None:
    document = to_document(a_case(items=(CaseItem(2, (), "A4", {}),)))

    assert not any(key.startswith("authorized:") for key in document.index)
    assert document.unique == {request_key("anonymous", "d1")}


def test_nothing_follows_a_request_that_could_not_be_processed() -> None:
    errors = ({"code": "75", "text": "unknown"},)

    document = to_document(a_case(state="error", items=(), errors=errors))

    assert not [key for key in document.index if key.startswith("claim:")]
