"""The note of an item says all that a person needs to act on it, once."""

from datetime import UTC, date, datetime

from server.decision.determination import Approved, Covered, ItemDetermination, Outcome, Pended, Reason, Rule
from server.decision.finding import Citation, Evidence, Finding, Missing, State
from server.fhir.dates import DatePeriod
from server.pas.process_note import note_text, notes, process_notes

NCD = Citation("NCD 240.2", "section B", "2021-09-27")
RULE = Rule("policy", "home-oxygen", "1.0.0", "Home oxygen", (NCD,))


def an_item(outcome: Outcome) -> ItemDetermination:
    """A determination with one criterion of each state."""
    findings = (
        Finding(
            "oxygen",
            "All of these.",
            State.UNKNOWN,
            children=(
                Finding("met", "Is met.", State.MET, (Evidence("Observation/a", "value", "1 kPa"),)),
                Finding("low", "Is low.", State.NOT_MET, (Evidence("Observation/b", "value", "97 %", "2026-11-17"),)),
                Finding("rest", "At rest.", State.UNKNOWN, citation=Citation("Policy", "", "2026-01-01")),
            ),
        ),
    )
    return ItemDetermination(
        sequence=1,
        outcome=outcome,
        covered=Covered.COVERED,
        authorization_required=True,
        rule=RULE,
        reasons=(Reason("Not known yet.", "0U", ("rest", "home-oxygen")),),
        findings=findings,
        missing=(Missing("rest", "Was it at rest?"),),
        would_change=("It would be approved if it was at rest.",),
    )


def test_an_item_that_waits_is_told_with_evidence_questions_and_sources() -> None:
    text = note_text(an_item(Pended("information", "intake", datetime(2026, 11, 27, tzinfo=UTC))))

    assert text.split("\n") == [
        "Not known yet. (rest)",
        "Seen: low: 97 % (2026-11-17).",
        "Needed: Was it at rest?",
        "It would be approved if it was at rest.",
        "Source: NCD 240.2, section B.",
        "Source: Policy.",
    ]


def test_a_certified_item_is_told_briefly() -> None:
    text = note_text(an_item(Approved(DatePeriod(date(2026, 12, 1), None))))

    assert text == "Not known yet. (rest)"


def test_the_same_words_are_one_note() -> None:
    numbered = notes(["a", "b", "", "a"])

    assert process_notes(numbered) == [
        {"number": 1, "type": "display", "text": "a"},
        {"number": 2, "type": "display", "text": "b"},
    ]
