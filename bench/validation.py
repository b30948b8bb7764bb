"""Measures the validation of a PAS request Bundle: `python -m bench.validation SHARED [--write]`.

The Bundle is taken as it was received, and held against its R4 types, the PAS and US Core profiles that it claims, and
all of their invariants. The compared libraries are measured in the same rounds, where they are installed.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import machine
from server.fhir.json import read
from server.fhir.terminology.local import LocalTerminology
from server.fhir.validation.invariant import NoInvariants
from server.fhir.validation.library import Library, open_folder
from server.fhir.validation.validate import Validator, open_validator
from server.settings import content_root

PAYLOAD = "spec/examples/pas/server221_claim_update_initial_submit_payload.json"
GUIDE = ("hl7.fhir.us.davinci-pas", "2.0.1")
"""A request of eleven entries that is valid under this version: a refused one would stop at its first error."""

BUDGET_MS = 0.35
ROUNDS = 200

Work = Callable[[], Any]


def works(body: bytes) -> dict[str, Work]:
    """What is measured, by name."""
    root = content_root() / "profiles"
    resource = read(body)
    whole = open_validator(root)
    guide = [one for one in whole.library.packages if (one.name, one.version) == GUIDE]
    structure = Validator(Library(open_folder(root)), LocalTerminology.of_folder(root), NoInvariants())
    found: dict[str, Work] = {
        "is_valid": lambda: whole.is_valid(resource, packages=guide),
        "is_valid without invariants": lambda: structure.is_valid(resource, packages=guide),
        "validate (all findings)": lambda: whole.validate(resource, packages=guide),
        "read JSON": lambda: read(body),
    }
    return {**found, **_others(body)}


def _others(body: bytes) -> dict[str, Work]:
    found: dict[str, Work] = {}
    try:
        parse = import_module("fhir.resources.R4B.bundle").Bundle.model_validate_json
        parse(body)
        found["fhir.resources parse"] = lambda: parse(body)
    except Exception as error:  # noqa: BLE001 - any failure of another library means: not compared
        Console(stderr=True).print(f"fhir.resources is not compared: {type(error).__name__}")
    return found


def measure(body: bytes) -> dict[str, float]:
    """Milliseconds of each work, the best of interleaved rounds."""
    todo = works(body)
    best = dict.fromkeys(todo, float("inf"))
    for _ in range(ROUNDS):
        for name, work in todo.items():
            start = time.perf_counter()
            work()
            best[name] = min(best[name], (time.perf_counter() - start) * 1000)
    return {name: round(milliseconds, 4) for name, milliseconds in best.items()}


def _start() -> dict[str, float]:
    start = time.perf_counter()
    validator = open_validator(content_root() / "profiles")
    opened = time.perf_counter()
    for url in list(validator.library.urls):
        validator.library.find(url)
    return {
        "open ms": round((opened - start) * 1000, 1),
        "read every structure ms": round((time.perf_counter() - opened) * 1000, 1),
    }


def main() -> None:
    """Measures, prints, and writes the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.validation")
    parser.add_argument("shared", type=Path, help="the folder with igs/ and spec/")
    parser.add_argument("--write", action="store_true", help="write bench/results")
    arguments = parser.parse_args()
    body = (arguments.shared / PAYLOAD).read_bytes()
    best = measure(body)
    figures = {"bytes": len(body), "entries": len(read(body)["entry"]), **_start(), "milliseconds": best}
    Console().print_json(json.dumps(figures))
    if arguments.write:
        name = f"{datetime.now(UTC):%Y-%m-%d}-validation.json"
        result = {**figures, "machine": machine.describe()}
        (Path(__file__).parent / "results" / name).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if best["is_valid"] > BUDGET_MS:
        sys.exit(f"over the budget of {BUDGET_MS} ms")


if __name__ == "__main__":
    main()
