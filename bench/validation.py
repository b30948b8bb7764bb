"""Measures the validation of a PAS request Bundle: `python -m bench.validation SHARED [--write]`.

The Bundle is taken as it was received, and held against its R4 types, the PAS and US Core profiles that it claims, and
all of their invariants, as the server does it; so is the request of twelve entries that the load benchmark sends. Other
libraries are measured in the same rounds, where they are installed (the extra `bench`), and HL7's validator where
PASSAGE_VALIDATOR_URL names it: the ratios are what counts.
"""

import argparse
import json
import os
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import machine
from bench.shots import FIXTURES, Draw
from bench.template import read_template
from server.fhir.json import read
from server.fhir.validation.invariant import NoInvariants
from server.fhir.validation.relaxed import open_relaxed
from server.fhir.validation.validate import Validator
from server.settings import content_root

PAYLOAD = "spec/examples/pas/server221_claim_update_initial_submit_payload.json"
GUIDE = ("hl7.fhir.us.davinci-pas", "2.0.1")
"""A request of eleven entries that is valid under this version: a refused one would stop at its first error."""

SUBMIT = "hl7.fhir.us.davinci-pas", "2.2.1"
SUBMIT_PROFILE = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/profile-pas-request-bundle|2.2.1"
SUBMITTED, SUBMITTED_COLD = "is_valid of a $submit", "is_valid of a $submit, caches emptied before it"
"""The request of twelve entries that the load benchmark sends, as the gate of the server judges it."""

BUDGET_MS = 0.35
"""For the request of twelve entries."""
CACHE_BYTES = 8 * 2**20
ROUNDS = 60
BURST = 5
"""Runs of one work in a row: the first of them finds the caches full of another's."""
SLOW_ROUNDS = 5

Work = Callable[[], Any]
"""What is timed; gives nothing that is used."""


def works(body: bytes) -> dict[str, Work]:
    """What is measured, by name. Raises SystemExit for a Bundle that is refused."""
    root = content_root() / "profiles"
    resource = read(body)
    whole = open_relaxed(root)
    guide = [one for one in whole.library.packages if (one.name, one.version) == GUIDE]
    if not whole.is_valid(resource, packages=guide):
        sys.exit("the Bundle is not valid, so its time would say nothing")
    structure = Validator(whole.library, whole.terminology, NoInvariants())
    found: dict[str, Work] = {
        "is_valid": lambda: whole.is_valid(resource, packages=guide),
        "is_valid without invariants": lambda: structure.is_valid(resource, packages=guide),
        "validate (all findings)": lambda: whole.validate(resource, packages=guide),
        "read JSON": lambda: read(body),
        **_submitted(whole),
    }
    for name, work in (("fhir.resources parse", _fhir_resources), ("fhirkit-rs parse, validate", _fhirkit)):
        try:
            found[name] = work(body)
        except Exception as error:  # noqa: BLE001 - any failure of another library means: not compared
            Console(stderr=True).print(f"{name} is not compared: {type(error).__name__}")
    return found


def _submitted(validator: Validator) -> dict[str, Work]:
    request = read(read_template(FIXTURES / "submit.json").fill(Draw(1, "validation").values(0)))
    guide = [one for one in validator.library.packages if (one.name, one.version) == SUBMIT]

    def judge() -> bool:
        return validator.is_valid(request, [SUBMIT_PROFILE], guide)

    if not judge():
        sys.exit("the request of the load benchmark is not valid, so its time would say nothing")
    return {SUBMITTED: judge, SUBMITTED_COLD: judge}


def _empty_caches() -> None:
    """As they are after the rest of the work of a request: full of something else."""
    bytearray(CACHE_BYTES)[:] = bytes(CACHE_BYTES)


def _fhir_resources(body: bytes) -> Work:
    parse = import_module("fhir.resources.R4B.bundle").Bundle.model_validate_json
    parse(body)
    return lambda: parse(body)


def _fhirkit(body: bytes) -> Work:
    """Structure alone: it knows neither profiles nor bindings nor invariants."""
    parse = import_module("fhirkit").parse
    parse(body)
    return lambda: parse(body).issues


def reference(body: bytes) -> dict[str, float]:
    """Milliseconds of HL7's validator for the same Bundle, where PASSAGE_VALIDATOR_URL names one."""
    url = os.environ.get("PASSAGE_VALIDATOR_URL")
    if not url:
        return {}
    asked = urllib.parse.urlencode({"ig": "#".join(GUIDE)})
    request = urllib.request.Request(
        f"{url.rstrip('/')}/validate/resource?{asked}", body, {"Content-Type": "application/fhir+json"}
    )

    def once() -> float:
        start = time.perf_counter()
        with urllib.request.urlopen(request, timeout=300) as answer:
            answer.read()
        return (time.perf_counter() - start) * 1000

    once()
    return {"HL7 validator, one request": round(min(once() for _ in range(SLOW_ROUNDS)), 1)}


def measure(body: bytes) -> dict[str, float]:
    """Milliseconds of each work, the best of interleaved bursts."""
    todo = works(body)
    best = dict.fromkeys(todo, float("inf"))
    for _ in range(ROUNDS):
        for name, work in todo.items():
            best[name] = min(best[name], *(_milliseconds(work, cold=name == SUBMITTED_COLD) for _ in range(BURST)))
    return {name: round(milliseconds, 4) for name, milliseconds in best.items()}


def _milliseconds(work: Work, *, cold: bool) -> float:
    if cold:
        _empty_caches()
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def _first(body: bytes) -> dict[str, float]:
    """What it costs to open the profiles, and the first Bundle of its kind, which compiles those that it claims."""
    resource, before, start = read(body), _resident_mb(), time.perf_counter()
    validator = open_relaxed(content_root() / "profiles")
    opened, open_mb = time.perf_counter(), _resident_mb()
    guide = [one for one in validator.library.packages if (one.name, one.version) == GUIDE]
    validator.is_valid(resource, packages=guide)
    return {
        "open ms": round((opened - start) * 1000, 1),
        "open MB": round(open_mb - before, 1),
        "first Bundle ms": round((time.perf_counter() - opened) * 1000, 1),
        "first Bundle MB": round(_resident_mb() - open_mb, 1),
    }


def _all() -> dict[str, float]:
    """What it costs to read all of the profiles, which no run of the server ever needs."""
    library = open_relaxed(content_root() / "profiles").library
    before, start = _resident_mb(), time.perf_counter()
    for url in list(library.urls):
        library.find(url)
    return {
        "read every structure ms": round((time.perf_counter() - start) * 1000, 1),
        "read every structure MB": round(_resident_mb() - before, 1),
    }


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Measures, prints, and writes the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m bench.validation")
    parser.add_argument("shared", type=Path, help="the folder with igs/ and spec/")
    parser.add_argument("--write", action="store_true", help="write bench/results")
    arguments = parser.parse_args()
    body = (arguments.shared / PAYLOAD).read_bytes()
    start = {**_first(body), **_all()}
    best = {**measure(body), **reference(body)}
    ratios = {name: round(value / best["is_valid"], 2) for name, value in best.items()}
    figures = {
        "bytes": len(body),
        "entries": len(read(body)["entry"]),
        **start,
        "milliseconds": best,
        "times the quick pass": ratios,
    }
    Console().print_json(json.dumps(figures))
    if arguments.write:
        name = f"{datetime.now(UTC):%Y-%m-%d}-validation.json"
        result = {**figures, "machine": machine.describe()}
        (Path(__file__).parent / "results" / name).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if best[SUBMITTED] > BUDGET_MS:
        sys.exit(f"over the budget of {BUDGET_MS} ms")


if __name__ == "__main__":
    main()
