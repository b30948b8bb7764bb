"""Why, in words: the note of an item says what decided, what was seen, what is missing and what would change it.

Items with the same words share one note.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-profile-claimresponse.html
"""

from collections.abc import Iterator, Mapping, Sequence

from server.decision.determination import Approved, ItemDetermination, NotRequired
from server.decision.finding import Citation, Evidence, Finding, State
from server.fhir.json import Json

Notes = Mapping[str, int]
"""The numbers of the notes by their text, from 1."""


def notes(texts: Sequence[str]) -> Notes:
    """Each text once, numbered in the order of first use; empty ones are none."""
    return {text: number for number, text in enumerate(dict.fromkeys(text for text in texts if text), 1)}


def process_notes(numbered: Notes) -> list[Json]:
    """ClaimResponse.processNote."""
    return [{"number": number, "type": "display", "text": text} for text, number in numbered.items()]


def note_text(item: ItemDetermination) -> str:
    """The note of an item. A certified item is told briefly; every other one with all that a person needs to act.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@conf-6
    """
    lines = [_reason(reason.text, reason.criteria, item) for reason in item.reasons]
    if not isinstance(item.outcome, Approved | NotRequired):
        lines += [f"Seen: {shown}." for shown in _seen(item.findings)]
        lines += [f"Needed: {missing.ask}" for missing in item.missing]
        lines += item.would_change
        lines += [f"Source: {_cited(citation)}." for citation in _citations(item)]
    return "\n".join(dict.fromkeys(lines))


def _reason(text: str, criteria: Sequence[str], item: ItemDetermination) -> str:
    named = [each for each in criteria if each != item.rule.id]
    return f"{text} ({', '.join(named)})" if named else text


def _seen(findings: Sequence[Finding]) -> Iterator[str]:
    """The evidence of the criteria that are not met, and the contradicting evidence of those that are unknown."""
    for finding in findings:
        if finding.children:
            yield from _seen(finding.children)
        elif finding.state is not State.MET:
            yield from (f"{finding.criterion}: {_evidence(each)}" for each in finding.evidence)


def _evidence(evidence: Evidence) -> str:
    return f"{evidence.shown} ({evidence.date})" if evidence.date else evidence.shown


def _citations(item: ItemDetermination) -> Iterator[Citation]:
    yield from item.rule.citations
    yield from _cited_by(item.findings)


def _cited_by(findings: Sequence[Finding]) -> Iterator[Citation]:
    for finding in findings:
        if finding.citation and finding.state is not State.MET:
            yield finding.citation
        yield from _cited_by(finding.children)


def _cited(citation: Citation) -> str:
    return f"{citation.document}, {citation.page}" if citation.page else citation.document
