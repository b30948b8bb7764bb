"""Every invariant of the published packages compiles, and both lanes give the same answer to it on real payloads."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from bench.fhirpath import Asked, asked, profiles
from server.fhir.json import read
from server.fhir.path.compile import compile_path
from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.items import truth
from tests.shared import shared


@cache
def _definitions(folder: Path) -> dict[str, Any]:
    return profiles(folder)


def _bundles(folder: Path) -> Iterator[Any]:
    for file in sorted((folder / "spec" / "examples" / "pas").glob("*.json")):
        body = read(file.read_bytes())
        if isinstance(body, dict) and body.get("resourceType") == "Bundle":
            yield body


def _answer(ask: Any) -> bool | str | None:
    try:
        answer: bool | None = ask()
    except EvaluationRefused as refused:
        return str(refused)
    return answer


def test_every_invariant_of_the_packages_compiles() -> None:
    folder = shared()
    names = [file.stem for file in sorted((folder / "igs").glob("*.tgz")) if "terminology" not in file.stem]
    definitions = profiles(folder, names)
    expressions = {
        constraint["expression"]
        for definition in definitions.values()
        for element in definition.get("snapshot", {}).get("element", [])
        for constraint in element.get("constraint", [])
        if "expression" in constraint
    }

    compiled = [compile_path(expression) for expression in sorted(expressions)]

    assert len(compiled) > 300


def test_both_lanes_agree_on_the_payloads_of_the_public_kits() -> None:
    folder = shared()
    questions: list[Asked] = [each for bundle in _bundles(folder) for each in asked(bundle, _definitions(folder))]

    answers = [
        (_answer(lambda q=q: q.path.is_true(q.node, environment=q.environment)),  # type: ignore[misc]
         _answer(lambda q=q: truth(q.path.evaluate(q.node, environment=q.environment))))  # type: ignore[misc]
        for q in questions
    ]  # fmt: skip

    assert [(q.key, pair) for q, pair in zip(questions, answers, strict=True) if pair[0] != pair[1]] == []
    assert Counter(type(pair[0]) for pair in answers)[bool] > 1500
