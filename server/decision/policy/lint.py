"""What a schema can't say about a policy: everything is cited, every name is there, nothing protected is asked.

A policy with a finding does not load. Reachability, boundary cases and overlaps have files of their own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date

from server.decision.codes import is_known_system
from server.decision.plan.read import read_codes, read_day
from server.decision.policy.lint_criteria import lint_criteria
from server.decision.policy.order_path import order_paths
from server.decision.policy.protected import is_protected, protected_findings
from server.fhir.json import Json
from server.fhir.path.errors import PathRefused

At = Callable[..., str]
"""Gives a finding: the sentence, then the path of the node that it is about."""

FormItems = Mapping[str, Collection[str]]
"""Link ids of each form, by canonical (url|version)."""

_FORBIDDEN_ALONE = "0F"
_CODED = frozenset({"observation", "observation_date", "authorization"})


def lint_policy(value: Json, at: At, folder: str, forms: FormItems) -> list[str]:
    """The findings about a policy whose shape is right."""
    findings = list(_identity(value, at, folder))
    findings += _citations(value, at)
    findings += _scope(value, at)
    findings += _code_systems(value, at)
    findings += _forms(value, at, forms)
    findings += protected_findings(value, at)
    findings += _orders(value, at)
    findings += lint_criteria(value, at)
    return findings


def _identity(value: Json, at: At, folder: str) -> Iterator[str]:
    if value["id"] != folder:
        yield at("The id must be the name of the policy's folder.", "id")
    if value.get("limit", {}).get("reason_code") == _FORBIDDEN_ALONE:
        yield at("The reason code 0F alone is a clinical denial; a limit of the contract names another.", "limit")


def cited(value: Json, node: Json, at: At, what: str, *path: str | int) -> Iterator[str]:
    """The finding when the node has no citation, or cites a source that the policy does not have."""
    citation = node.get("citation")
    if citation is None:
        yield at(f"{what} has no citation; add the source and page that it comes from.", *path)
    elif citation["source"] not in value["sources"]:
        yield at(f"The source {citation['source']} is not among the policy's sources.", *path, "citation")


def _citations(value: Json, at: At) -> Iterator[str]:
    yield from cited(value, value["scope"], at, "The scope", "scope")
    if "limit" in value:
        yield from cited(value, value["limit"], at, "The limit", "limit")
    for name, each in value["inputs"].items():
        if "within" in each:
            yield from cited(value, each["within"], at, f"The window of {name}", "inputs", name, "within")
    for name, source in value["sources"].items():
        try:
            date.fromisoformat(source["date"])
        except ValueError:
            yield at("The date of the source is on no calendar.", "sources", name, "date")


def _scope(value: Json, at: At) -> Iterator[str]:
    scope = value["scope"]
    if not any(key in scope for key in ("codes", "value_sets", "codes_file")):
        yield at("The scope names no code: add codes, value_sets or codes_file.", "scope")
    for index, name in enumerate(scope.get("value_sets", ())):
        found = value.get("value_sets", {}).get(name)
        if found is None:
            yield at(f"There is no value set {name}.", "scope", "value_sets", index)
        elif "families" in found:
            yield at(f"The value set {name} has families; a scope lists its codes.", "scope", "value_sets", index)
    try:
        start, end = read_day(scope["from"]), read_day(scope["to"])
    except ValueError:
        yield at("A date of the scope is on no calendar.", "scope")
        return
    if start and end and end < start:
        yield at("The scope ends before it starts.", "scope", "to")


def _code_systems(value: Json, at: At) -> Iterator[str]:
    for path, codes in _written_codes(value):
        for index, code in enumerate(read_codes(codes)):
            if not is_known_system(code.system):
                yield at(f"The code system {code.system} is not known.", *path, index)


def _written_codes(value: Json) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    scope = value["scope"]
    yield from ((("scope", key), scope[key]) for key in ("codes", "places") if key in scope)
    for name, each in value.get("value_sets", {}).items():
        if "codes" in each:
            yield ("value_sets", name, "codes"), each["codes"]
    for name, each in value["inputs"].items():
        for index, source in enumerate(each["from"]):
            for kind in _CODED & source.keys():
                yield ("inputs", name, "from", index, kind), source[kind]


def _forms(value: Json, at: At, forms: FormItems) -> Iterator[str]:
    form = value.get("form")
    if form is not None and form not in forms:
        yield at(f"There is no form {form} under questionnaires/.", "form")
        return
    for name, each in value["inputs"].items():
        for index, source in enumerate(each["from"]):
            if "form_item" not in source:
                continue
            path = ("inputs", name, "from", index, "form_item")
            if form is None:
                yield at("The policy names no form, so it can't read an item of one.", *path)
            elif source["form_item"] not in forms[form]:
                yield at(f"The form has no item with the linkId {source['form_item']}.", *path)


def _orders(value: Json, at: At) -> Iterator[str]:
    for name, each in value["inputs"].items():
        for index, source in enumerate(each["from"]):
            if "order" not in source or is_protected(source["order"]):
                continue
            try:
                order_paths(source["order"])
            except PathRefused as fault:
                sentence = f"The FHIRPath is of no type of order, at character {fault.position + 1}: {fault.sentence}"
                yield at(sentence, "inputs", name, "from", index, "order")
