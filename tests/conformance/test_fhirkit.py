"""A second opinion on structure: what fhirkit-rs finds wrong with the base rules of R4, Passage finds wrong too.

Not the other way round: fhirkit-rs knows neither profiles nor bindings nor invariants.
https://hl7.org/fhir/R4/validation.html
"""

import random
from functools import cache

import pytest

from server.fhir import json
from tests.builders.validation import shipped
from tests.conformance.differential import examples
from tests.conformance.mutations import generated
from tests.shared import shared

fhirkit = pytest.importorskip("fhirkit", reason="network: fhirkit-rs is not installed (pip install passage[oracles])")

SEED = 20261126
RESOURCES = 60
MUTANTS = 400
LARGEST_BYTES = 40_000


@cache
def _bodies() -> tuple[bytes, ...]:
    """Published examples of all guides, the same in every run."""
    shared()
    small = [one.body for one in examples() if len(one.body) <= LARGEST_BYTES]
    return tuple(random.Random(SEED).sample(small, RESOURCES))


def _only_fhirkit(body: bytes) -> list[str]:
    """What fhirkit-rs alone refuses a resource for."""
    theirs = [str(issue) for issue in fhirkit.parse(body).issues if issue.severity == "error"]
    return theirs if theirs and shipped().is_valid(json.read(body)) else []


def test_examples_that_we_take_are_no_errors_to_it() -> None:
    assert [found for body in _bodies() if (found := _only_fhirkit(body))] == []


def test_mutants_that_it_refuses_are_refused_here() -> None:
    mutants = generated([json.read(body) for body in _bodies()], MUTANTS)
    written = [(name, json.write(mutant)) for _, name, mutant in mutants if isinstance(mutant, dict)]
    refused = [one for one in written if fhirkit.parse(one[1]).issues]

    unlike = [(name, found) for name, body in refused if (found := _only_fhirkit(body))]

    assert unlike == []
    assert len(refused) > MUTANTS / 8
