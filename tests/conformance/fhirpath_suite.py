"""Reads HL7's FHIRPath tests, their inputs as JSON (three of them are published as XML only), and judges an answer."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

from server.fhir.json import Json, read
from server.fhir.path.compile import compile_metered, compile_path
from server.fhir.path.conversion import to_string
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused, PathRefused
from server.fhir.path.items import truth
from server.fhir.path.model import TypeFacts, r4
from server.fhir.path.types import type_of
from server.fhir.path.values import Item, system

ENVIRONMENT = Environment(now=datetime(2026, 11, 20, 15, 0, 0, 123000, tzinfo=UTC))
EXPECTED = Path(__file__).with_name("fhirpath_expected.toml")
_FHIR = "{http://hl7.org/fhir}"


@dataclass(frozen=True, slots=True)
class Case:
    """One test of the suite."""

    id: str
    group: str
    expression: str
    input: Path | None
    outputs: tuple[tuple[str | None, str], ...]
    refused: bool
    predicate: bool
    ordered: bool


def cases(folder: Path) -> list[Case]:
    """All tests of the suite in its order; a name that comes twice in a group is numbered."""
    found: list[Case] = []
    seen: dict[str, int] = {}
    for group in ElementTree.parse(folder / "tests-fhir-r4.xml").getroot().iter("group"):
        for test in group.iter("test"):
            id = f"{group.get('name')}/{test.get('name')}"
            seen[id] = seen.get(id, 0) + 1
            found.append(_case(test, id if seen[id] == 1 else f"{id}#{seen[id]}", str(group.get("name")), folder))
    return found


def _case(test: ElementTree.Element, id: str, group: str, folder: Path) -> Case:
    expression = test.find("expression")
    assert expression is not None
    name = test.get("inputfile")
    return Case(
        id=id,
        group=group,
        expression=expression.text or "",
        input=_input(folder, name) if name else None,
        outputs=tuple((output.get("type"), output.text or "") for output in test.findall("output")),
        refused=expression.get("invalid") is not None or test.get("invalid") is not None,
        predicate=test.get("predicate") == "true",
        ordered=test.get("ordered") != "false",
    )


def _input(folder: Path, name: str) -> Path:
    as_json = folder / f"{name.rsplit('.', 1)[0]}.json"
    return as_json if as_json.is_file() else folder / name


def expected_failures() -> dict[str, str]:
    """The tests that are expected to fail, each with its reason."""
    return dict(tomllib.loads(EXPECTED.read_text(encoding="utf-8"))["failures"])


def passes(case: Case, *, metered: bool = False) -> bool:
    """Whether Passage answers as the suite says: strictly, with the type of the input known."""
    compiled = compile_metered if metered else compile_path
    resource = _resource(case.input) if case.input else None
    try:
        path = compiled(case.expression, resource["resourceType"] if resource else None, strict=True)
        items = path.evaluate(resource, environment=ENVIRONMENT)
        if case.predicate:
            items = [bool(truth(items))]
    except (PathRefused, EvaluationRefused):
        return case.refused
    return not case.refused and _same(items, case)


def _same(items: list[Item], case: Case) -> bool:
    if len(items) != len(case.outputs):
        return False
    pairs = list(zip(items, case.outputs, strict=True))
    if all(_is(item, type, text) for item, (type, text) in pairs):
        return True
    texts = [to_string(system(item)) for item in items]
    return not case.ordered and sorted(map(str, texts)) == sorted(text for _, text in case.outputs)


def _is(item: Item, type: str | None, text: str) -> bool:
    found, wanted = to_string(system(item)), text.removeprefix("@").removeprefix("T")
    name = type_of(item).name
    if type is not None and name != type and name.lower() != type.lower():
        return False
    return found == wanted or _number(found) == _number(wanted) != None  # noqa: E711


def _number(text: str | None) -> Decimal | None:
    try:
        return Decimal(text or "")
    except InvalidOperation:
        return None


@cache
def _resource(file: Path) -> Json:
    if file.suffix == ".json":
        return read(file.read_bytes())
    root = ElementTree.parse(file).getroot()
    name = root.tag.removeprefix(_FHIR)
    return {"resourceType": name} | _element(root, r4().types[name])


def _element(element: ElementTree.Element, facts: TypeFacts) -> dict[str, Json]:
    """The JSON of an element of a FHIR XML document, without the narrative."""
    found: dict[str, Json] = {}
    for child in element:
        name = child.tag.removeprefix(_FHIR)
        if name not in facts.by_key:
            continue
        shape, choice = facts.by_key[name]
        type = r4().types[choice.type]
        value = _primitive(child.get("value"), type.name) if type.is_primitive else _element(child, type)
        if shape.repeats:
            found.setdefault(name, []).append(value)
        elif value is not None:
            found[name] = value
        if type.is_primitive and len(child):
            beside = _element(child, r4().types["Element"])
            if beside and not shape.repeats:
                found[f"_{name}"] = beside
    if "url" in element.attrib:
        found["url"] = element.attrib["url"]
    return found


def _primitive(text: str | None, type: str) -> Json:
    if text is None:
        return None
    if type == "boolean":
        return text == "true"
    if type in ("integer", "positiveInt", "unsignedInt"):
        return int(text)
    return Decimal(text) if type == "decimal" else text
