"""The facts under `profiles/` are what the published packages say, byte for byte, and small enough to ship."""

import json
from pathlib import Path

from server.fhir.validation.build import STRUCTURES, TERMS, Build
from server.fhir.validation.build_structure import SAME
from server.fhir.validation.package import read_package
from tests.architecture.tree import ROOT
from tests.shared import shared

MOST_BYTES = 10_000_000
LEFT_OUT = ("hl7.fhir.xver-extensions", "hl7.fhir.uv.tools")
"""Packages that no claim of ours reaches: R5 extensions by rule, and the logical models of the publisher."""

STRUCTURE = {"version", "type", "kind", "abstract", "base", "derivation", "context", "invariants", "elements"} | {
    "contextInvariant"
}
ELEMENT = {"min", "max", "types", "content", "slicing", "bind", "length", "inv", "fixed", "pattern"} | {
    "minValue",
    "maxValue",
}


def _written() -> dict[str, str]:
    found = [path for name in (STRUCTURES, TERMS) for path in (ROOT / "profiles").glob(f"*/*/{name}")]
    return {path.relative_to(ROOT / "profiles").as_posix(): path.read_text(encoding="utf-8") for path in found}


def _packages() -> list[Path]:
    return [path for path in sorted((shared() / "igs").glob("*.tgz")) if not path.name.startswith(LEFT_OUT)]


def test_the_facts_are_those_of_the_packages() -> None:
    built = Build([read_package(path) for path in _packages()]).files()

    written = _written()

    assert sorted(built) == sorted(written)
    assert [path for path, text in built.items() if written[path] != text] == []


def test_the_facts_are_small() -> None:
    assert sum(len(text.encode()) for text in _written().values()) < MOST_BYTES


def test_the_facts_hold_no_sentence_of_the_guides() -> None:
    texts = [text for path, text in _written().items() if path.endswith(STRUCTURES)]

    rows = [row for text in texts for row in json.loads(text)["structures"].values()]

    assert {key for row in rows for key in row} <= STRUCTURE
    assert {key for row in rows for facts in row["elements"].values() if facts != SAME for key in facts} <= ELEMENT
