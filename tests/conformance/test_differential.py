"""Passage's validator against HL7's reference validator: the same verdict, or a difference that is on the list.

A seeded sample runs by default; `PASSAGE_DIFFERENTIAL=all` (make differential) runs every example and 2,700 mutants.
https://hl7.org/fhir/R4/validation.html
"""

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from server.fhir import json
from tests.conformance.conftest import Validate
from tests.conformance.differential import difference, examples, explained, verdict
from tests.conformance.mutations import generated

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("validator")]

Record = Callable[[str, object], None]
WHOLE = os.environ.get("PASSAGE_DIFFERENTIAL") == "all"
GUIDES = ("hl7.fhir.us.davinci-pas#2.2.1", "hl7.fhir.us.davinci-crd#2.2.1", "hl7.fhir.us.davinci-dtr#2.2.0")
"""The guides of the sample: those that the reference has loaded for the other tests."""

SAMPLE = 40
MUTANTS = 2_700
LARGEST_BYTES = 40_000
SEED = 20261125


def _compare(validate: Validate, cases: list[tuple[str, str, bytes]]) -> tuple[Counter[str], list[str]]:
    counts: Counter[str] = Counter()
    unexplained = []
    for name, guide, body in cases:
        found = difference(verdict(body, guide), theirs := validate(body, guide=guide, examples=True))
        if found is None:
            counts["both invalid" if theirs else "both valid"] += 1
            continue
        names = explained(*found)
        counts.update(f"{found[0]}: {name}" for name in set(names))
        if not names:
            unexplained.append(f"{name}: only {found[0]} says {found[1][:3]}")
    return counts, unexplained


def _examples() -> list[tuple[str, str, bytes]]:
    found = [(one.name, one.guide, one.body) for one in examples() if WHOLE or one.guide in GUIDES]
    small = [case for case in found if WHOLE or len(case[2]) <= LARGEST_BYTES]
    return small if WHOLE else random.Random(SEED).sample(small, SAMPLE)


def test_published_examples_get_the_same_verdict(validate: Validate, record_property: Record) -> None:
    counts, unexplained = _compare(validate, _examples())

    record_property("verdicts", dict(sorted(counts.items())))
    assert unexplained == []
    assert counts["both valid"] > SAMPLE / 2


def test_mutants_get_the_same_verdict(validate: Validate, record_property: Record) -> None:
    small = [case for case in _examples() if len(case[2]) <= LARGEST_BYTES]
    resources = [json.read(body) for _, _, body in small]
    cases = [
        (f"{small[index][0]} {what}", small[index][1], json.write(mutant))
        for index, what, mutant in generated(resources, MUTANTS if WHOLE else SAMPLE)
    ]

    counts, unexplained = _compare(validate, cases)

    record_property("verdicts", dict(sorted(counts.items())))
    assert unexplained == []
    assert counts["both invalid"] > len(cases) / 4
