"""The words of a person's decision: the text that goes out as the item's processNote.

What a person wrote comes first; then, for an adverse decision, each criterion that it rests on with the evidence that
was seen, what would change the answer, and the source. So no decision leaves without saying why.
"""

from collections.abc import Iterator, Sequence

from server.cases.case import CaseItem
from server.fhir.json import Json

_STATES = {"met": "met", "not-met": "not met", "unknown": "unknown"}


def criteria_of(item: CaseItem) -> dict[str, Json]:
    """Every criterion of the item's explanation by its id, the parts of a criterion after it."""
    return {finding["id"]: finding for finding in _walk(item.explanation["criteria"])}


def rule_id(item: CaseItem) -> str:
    """The id of the rule that the item came to review by."""
    return str(item.explanation["rule"]["id"])


def unsettled(item: CaseItem) -> tuple[str, ...]:
    """The ids of the item's criteria that are not met or unknown."""
    return tuple(id for id, finding in criteria_of(item).items() if finding["state"] != "met")


def certified_note(item: CaseItem, note: str) -> str:
    """The note of an item that is certified as requested."""
    return note or f"{item.explanation['rule']['title']}: approved by a reviewer."


def adverse_note(item: CaseItem, note: str, criteria: Sequence[str]) -> str:
    """The note of an item that is not certified as requested."""
    known = criteria_of(item)
    lines = [note]
    for id in criteria:
        lines += _criterion(known[id]) if id in known else [f"Rule {id}: {item.explanation['rule']['title']}."]
    lines += [str(sentence) for sentence in item.explanation["would_change"]]
    citations = [known[id]["citation"] for id in criteria if id in known and known[id]["citation"]]
    lines += [f"Source: {_cited(each)}." for each in (*citations, *item.explanation["rule"]["citations"])]
    return "\n".join(dict.fromkeys(lines))


def pended_note(item: CaseItem, *lines: str) -> str:
    """The note of an item that goes on waiting: what is new first, then what was said before."""
    return "\n".join(dict.fromkeys((*lines, *item.note.splitlines())))


def _walk(findings: Sequence[Json]) -> Iterator[Json]:
    for finding in findings:
        yield finding
        yield from _walk(finding["children"])


def _criterion(finding: Json) -> list[str]:
    seen = [f"Seen: {each['shown']}{_dated(each)}." for each in finding["evidence"]]
    return [f"Criterion {finding['id']} is {_STATES[finding['state']]}: {finding['text']}", *seen]


def _dated(evidence: Json) -> str:
    return f" ({evidence['date']})" if evidence.get("date") else ""


def _cited(citation: Json) -> str:
    return f"{citation['document']}, {citation['page']}" if citation["page"] else str(citation["document"])
