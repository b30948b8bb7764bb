"""How a stored case reads in a terminal: the facts of the case, then for every item what was decided and why."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from server.cases.outcome import outcome_word
from server.cli.screen import table
from server.fhir.json import Json

_STATES = {"met": "[met]", "not-met": "[not met]", "unknown": "[unknown]"}


def case_row(case: Json) -> tuple[str, ...]:
    """The row of a case in a list."""
    items = ", ".join(f"{outcome_word(item)} {code_of(item)}" for item in case["items"])
    numbers = [item["authorization_number"] for item in case["items"] if item["authorization_number"]]
    problems = ", ".join(str(error.get("code")) for error in case.get("errors", ()))
    return (
        case["id"],
        f"{case['received'][:10]} {case['received'][11:16]}",
        items or f"error {problems}",
        ", ".join(numbers),
    )


def shown_case(case: Json) -> Iterator[RenderableType]:
    """The parts of one case, top to bottom."""
    yield table(f"Case {case['id']}", ("what", "value"), _facts(case))
    for item in case["items"]:
        yield item_tree(item)
    for error in case.get("errors", ()):
        yield Text(f"could not be processed: {error.get('code')} {error.get('text') or ''}")
    yield table("Events", ("at", "event", "by", "detail"), [_event(event) for event in case["events"]])


def code_of(item: Json) -> str:
    """The first code of the item."""
    return str(item["codes"][0]["code"]) if item["codes"] else "(no code)"


def item_tree(item: Json) -> Tree:
    """The explanation of an item: reasons, criteria with their evidence, what is missing and what would change it."""
    explanation = item["explanation"]
    tree = Tree(Text(f"Item {item['sequence']}  {code_of(item)}: {outcome_word(item)} ({item['review_action']})"))
    for line in _item_facts(item):
        tree.add(Text(line))
    rule = explanation["rule"]
    by = "referred by" if item.get("decider") else "decided by"
    tree.add(Text(f"{by} {rule['kind']} {rule['id']} {rule['version']}: {rule['title']}"))
    _branch(tree, "because", [reason["text"] for reason in explanation["reasons"]])
    if explanation["criteria"]:
        criteria = tree.add(Text("criteria"))
        for finding in explanation["criteria"]:
            _finding(criteria, finding)
    _branch(tree, "missing", [missing["ask"] for missing in explanation["missing"]])
    _branch(tree, "what would change the answer", explanation["would_change"])
    _branch(tree, "forms", explanation["forms"])
    return tree


def _facts(case: Json) -> list[tuple[str, str]]:
    facts = [
        ("state", case["state"]),
        ("plan", case["plan"]),
        ("line of business", case["line_of_business"]),
        ("member", case["member"]),
        ("received", case["received"]),
        ("expedited", "yes" if case["expedited"] else "no"),
        ("ClaimResponse", case["answers"][-1]["claim_response_id"]),
    ]
    return [(name, str(value)) for name, value in facts if value is not None]


def _item_facts(item: Json) -> Iterator[str]:
    if item["authorization_number"]:
        yield f"authorization number {item['authorization_number']}"
    if item["reference_number"]:
        yield f"reference number {item['reference_number']}"
    if item["valid"]:
        yield f"valid {item['valid']['start'] or 'any day'} to {item['valid']['end'] or 'open'}"
    if item["due"]:
        yield f"due {item['due']}, with {item['owner'] or 'nobody'}"
    if decider := item.get("decider"):
        by = ", ".join(str(decider[name]) for name in ("id", "role", "licence", "specialty") if decider.get(name))
        yield f"reviewed {item['decided']} by {by}"
        yield from (f"note: {line}" for line in item["note"].splitlines())
    for ask in item.get("asks") or ():
        yield f"asked for {ask['code']} on {ask['asked']}{', answered' if ask['answered'] else ''}"


def _event(event: Json) -> tuple[str, ...]:
    return (event["at"], event["kind"], event["by"], event["detail"])


def _branch(tree: Tree, title: str, sentences: list[str]) -> None:
    if sentences:
        branch = tree.add(Text(title))
        for sentence in sentences:
            branch.add(Text(str(sentence)))


def _finding(tree: Tree, finding: Json) -> None:
    conflict = " (sources disagree)" if finding.get("conflict") else ""
    branch = tree.add(
        Text(f"{_STATES.get(finding['state'], finding['state'])} {finding['id']}: {finding['text']}{conflict}")
    )
    for seen in finding.get("evidence") or ():
        dated = f", {seen['date']}" if seen.get("date") else ""
        branch.add(Text(f"seen: {seen['shown']}{dated} ({seen['resource']} {seen['element']})"))
    citation = finding.get("citation")
    if citation:
        branch.add(Text(f"source: {citation['document']}, {citation['page']}, {citation['date']}"))
    for child in finding.get("children") or ():
        _finding(branch, child)
