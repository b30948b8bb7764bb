"""How a stored case reads in a terminal, an unprocessable one and a disagreeing criterion included."""

from rich.console import Console

from server.cli.case_view import case_row, item_tree, shown_case
from server.fhir.json import Json

ERROR: Json = {
    "id": "case-1",
    "state": "error",
    "plan": None,
    "line_of_business": None,
    "member": None,
    "received": "2026-11-20T15:00:00.000Z",
    "expedited": False,
    "answers": [{"claim_response_id": "answer-1"}],
    "items": [],
    "errors": [{"code": "75", "text": "No such member."}],
    "events": [{"at": "2026-11-20T15:00:00.000Z", "kind": "refused", "by": "engine", "detail": ""}],
}
FINDING: Json = {
    "id": "level",
    "text": "The level is low.",
    "state": "unknown",
    "conflict": True,
    "evidence": [{"resource": "Observation/1", "element": "Observation.value", "shown": "54 mm[Hg]", "date": None}],
    "citation": {"document": "Guide", "page": "p. 3", "date": "2026-01-01", "url": None},
    "children": [{"id": "inner", "text": "Inner.", "state": "not-met", "evidence": [], "children": []}],
}
ITEM: Json = {
    "sequence": 2,
    "codes": [],
    "review_action": "A6",
    "authorization_number": "PA1",
    "reference_number": None,
    "valid": {"start": "2026-11-20", "end": None},
    "due": None,
    "owner": None,
    "explanation": {
        "rule": {"kind": "policy", "id": "p", "version": "1", "title": "Policy"},
        "outcome": {"kind": "limited"},
        "reasons": [{"text": "Over the limit."}],
        "criteria": [FINDING],
        "missing": [],
        "would_change": [],
        "forms": [],
    },
}


def printed(*parts: object) -> list[str]:
    """The lines of the parts on a wide terminal without colour."""
    console = Console(width=200, color_system=None)
    with console.capture() as captured:
        for part in parts:
            console.print(part)
    return [line.rstrip() for line in captured.get().splitlines()]


def test_an_unprocessable_case_says_its_code_and_reason() -> None:
    assert case_row(ERROR) == ("case-1", "2026-11-20 15:00", "error 75", "")
    assert "could not be processed: 75 No such member." in printed(*shown_case(ERROR))


def test_an_item_shows_states_evidence_sources_and_disagreement() -> None:
    assert printed(item_tree(ITEM)) == [
        "Item 2  (no code): limited (A6)",
        "├── authorization number PA1",
        "├── valid 2026-11-20 to open",
        "├── decided by policy p 1: Policy",
        "├── because",
        "│   └── Over the limit.",
        "└── criteria",
        "    └── [unknown] level: The level is low. (sources disagree)",
        "        ├── seen: 54 mm[Hg] (Observation/1 Observation.value)",
        "        ├── source: Guide, p. 3, 2026-01-01",
        "        └── [not met] inner: Inner.",
    ]


def test_an_item_that_a_person_denied_shows_the_person_and_the_note() -> None:
    decider = {"id": "physician-1", "role": "physician", "licence": "MD-200", "specialty": None, "npi": None}
    ask = {"id": "a", "code": "34117-2", "asked": "2026-11-21T09:00:00Z", "answered": None, "until": None}
    decided = {"review_action": "A3", "decided": "2026-11-22T09:00:00Z", "decider": decider, "note": "Why.\nSeen."}
    item = {**ITEM, **decided, "asks": [ask], "authorization_number": None, "valid": None}

    assert printed(item_tree(item))[:6] == [
        "Item 2  (no code): denied (A3)",
        "├── reviewed 2026-11-22T09:00:00Z by physician-1, physician, MD-200",
        "├── note: Why.",
        "├── note: Seen.",
        "├── asked for 34117-2 on 2026-11-21T09:00:00Z",
        "├── referred by policy p 1: Policy",
    ]
