"""Measures the invariants of the guides on a PAS request Bundle: `python -m bench.fhirpath SHARED [--write]`.

The invariants are read from the published packages, so that they are the guides' own; ele-1 and ext-1, which every
element has, are the validator's, and left out. Three sets: those that are errors on resources and backbone elements
(the one that bounds a request), the same with warnings, and all of them on all elements.
"""

import argparse
import json
import sys
import tarfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import machine
from server.fhir.json import read
from server.fhir.path.compile import Path as FhirPath
from server.fhir.path.compile import compile_path
from server.fhir.path.environment import Environment
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.model import r4

BUNDLE = "spec/examples/pas/server221_approval_pa_submit_request_payload.json"
PACKAGES = ("hl7.fhir.r4.core-4.0.1", "hl7.fhir.us.core-3.1.1", "hl7.fhir.us.core-6.1.0", "hl7.fhir.us.core-7.0.0")
PACKAGES_OF_GUIDES = (
    "hl7.fhir.us.davinci-hrex-1.0.0",
    "hl7.fhir.us.davinci-pas-2.2.1",
    "hl7.fhir.us.davinci-crd-2.2.1",
)
OF_THE_VALIDATOR = frozenset({"ele-1", "ext-1"})
CORE = "http://hl7.org/fhir/StructureDefinition/"
BUDGET_MS = 0.15
ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Asked:
    """One invariant asked of one element."""

    key: str
    path: FhirPath
    node: Any
    environment: Environment
    severity: str
    on_backbone: bool


def profiles(shared: Path, packages: Iterable[str] = PACKAGES + PACKAGES_OF_GUIDES) -> dict[str, Any]:
    """The StructureDefinitions of the packages by their url."""
    found = {}
    for name in packages:
        with tarfile.open(shared / "igs" / f"{name}.tgz") as package:
            for member in package:
                if member.name.startswith("package/StructureDefinition-"):
                    definition = read(package.extractfile(member).read())  # type: ignore[union-attr]
                    found[definition["url"]] = definition
    return found


def asked(bundle: Any, definitions: dict[str, Any]) -> list[Asked]:
    """Every invariant that the profiles of the Bundle and its resources, and the types of their elements, put on an
    element that is there."""
    found: list[Asked] = []
    for resource in [bundle, *(entry["resource"] for entry in bundle["entry"])]:
        outside = Environment(resource=resource, root_resource=bundle)
        for definition in _profiles_of(resource, definitions):
            for element in definition["snapshot"]["element"]:
                if ":" not in element["id"]:
                    nodes = _nodes(resource, element["path"].split(".")[1:], resource["resourceType"])
                    for type, node in nodes:
                        found += _of_element(element, type, node, outside)
        for type, node in _data_types(resource, resource["resourceType"]):
            root = definitions[f"{CORE}{type}"]["snapshot"]["element"][0]
            found += _of_element(root, type, node, outside)
    return found


def _profiles_of(resource: Any, definitions: dict[str, Any]) -> list[Any]:
    urls = [url.split("|")[0] for url in resource.get("meta", {}).get("profile", [])]
    known = [definitions[url] for url in urls if url in definitions]
    return known or [definitions[f"{CORE}{resource['resourceType']}"]]


def _of_element(element: Any, type: str, node: Any, outside: Environment) -> Iterator[Asked]:
    own = type in (element["path"], r4().types[type].name) and ("." in type or r4().types[type].is_resource)
    for constraint in element.get("constraint", []):
        if constraint["key"] not in OF_THE_VALIDATOR:
            path = compile_path(constraint["expression"], type)
            yield Asked(constraint["key"], path, node, outside, constraint["severity"], own)


def _nodes(node: Any, steps: list[str], type: str) -> Iterator[tuple[str, Any]]:
    """The elements at a path, each with its type."""
    if not steps:
        yield type, node
        return
    facts = r4().types.get(type)
    shape = facts.elements.get(steps[0].removesuffix("[x]")) if facts and isinstance(node, dict) else None
    for choice in shape.choices if shape else ():
        for item in _items(node.get(choice.key)):
            yield from _nodes(item, steps[1:], choice.type)


def _data_types(node: Any, type: str) -> Iterator[tuple[str, Any]]:
    """All elements of data types below, each with its type; resources within have their own turn."""
    for shape in r4().types[type].elements.values() if isinstance(node, dict) else ():
        for choice in shape.choices:
            facts = r4().types.get(choice.type)
            if facts is None or facts.is_resource:
                continue
            for item in _items(node.get(choice.key)):
                if facts.kind == "complex-type":
                    yield choice.type, item
                yield from _data_types(item, choice.type)


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def ask(question: Asked) -> bool | None:
    """The answer; None too where the specification ends evaluation with an error."""
    try:
        return question.path.is_true(question.node, environment=question.environment)
    except EvaluationRefused:
        return None


def measure(questions: list[Asked]) -> float:
    """Milliseconds to ask all of them once: the best of many rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for question in questions:
            question.path.is_true(question.node, environment=question.environment)
        best = min(best, time.perf_counter() - start)
    return best * 1000


def sets(questions: list[Asked]) -> dict[str, list[Asked]]:
    """The three sets, without what has no answer."""
    usable = [question for question in questions if ask(question) is not None]
    backbone = [question for question in usable if question.on_backbone]
    errors = [question for question in backbone if question.severity == "error"]
    return {"errors on resources and backbones": errors, "with warnings": backbone, "all elements": usable}


def main(arguments: list[str]) -> int:
    """Measures, shows, and with --write keeps the figures; 1 when the first set is over its budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    bundle = read((chosen.shared / BUNDLE).read_bytes())
    questions = asked(bundle, profiles(chosen.shared))
    figures = {name: (len(found), round(measure(found), 3)) for name, found in sets(questions).items()}
    for name, (count, milliseconds) in figures.items():
        Console().print(f"{name:36} {count:5} invariants {milliseconds:8.3f} ms")
    if chosen.write:
        when = datetime.now(UTC).strftime("%Y-%m-%d")
        result = {"entries": len(bundle["entry"]), "milliseconds": figures, "machine": machine.describe()}
        file = Path(__file__).parent / "results" / f"fhirpath-{when}.json"
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    return int(next(iter(figures.values()))[1] > BUDGET_MS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
