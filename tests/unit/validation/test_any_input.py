"""Whatever comes in: no exception, both passes agree, and a large document costs in proportion."""

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.fhir import json
from tests.builders.validation import a_bundle, a_patient, an_observation, shipped
from tests.conformance.mutations import generated
from tests.shared import shared

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "url", "extension", "valueString", "reference", "coding", "x"]), inner)
    ),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["name", "gender", "_gender", "contained", "extension", "modifierExtension", "meta", "text", "link", "birthDate"]
)


@given(st.dictionaries(KEYS, JSON, max_size=4))
@settings(max_examples=150)
def test_any_json_gets_a_verdict_and_both_passes_agree(changes: dict[str, Any]) -> None:
    patient = a_patient(**changes)

    verdict = shipped().validate(patient)

    assert shipped().is_valid(patient) == verdict.valid


@given(JSON)
@settings(max_examples=80)
def test_any_entry_gets_a_verdict(entry: Any) -> None:
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [entry, {"resource": entry}]}

    assert shipped().is_valid(bundle) == shipped().validate(bundle).valid


def _payloads() -> list[Path]:
    return sorted((shared() / "spec" / "examples" / "pas").glob("server2*submit*payload.json"))


def test_mutants_of_real_requests_get_the_same_verdict_from_both_passes() -> None:
    resources = [json.read(path.read_bytes()) for path in _payloads()]

    for _, what, mutant in generated([one for one in resources if isinstance(one, dict)], 150):
        assert shipped().is_valid(mutant) == shipped().validate(mutant).valid, what


def test_the_limit_counts_what_it_leaves_out() -> None:
    patient = a_patient(**{f"x{number}": 1 for number in range(30)})

    verdict = shipped().validate(patient, limit=10)

    assert (len(verdict.findings), verdict.left_out, verdict.errors) == (10, 20, 30)


def _seconds(count: int) -> float:
    note = [{"text": "x" * 2000}]
    bundle = a_bundle(*(an_observation(id=f"o{number}", note=note) for number in range(count)), a_patient())
    shipped().is_valid(bundle)
    return min(_once(bundle) for _ in range(3))


def _once(bundle: Any) -> float:
    start = time.perf_counter()
    assert shipped().is_valid(bundle)
    return time.perf_counter() - start


@pytest.mark.slow
def test_five_thousand_entries_cost_in_proportion() -> None:
    """Entries of two kilobytes: ten megabytes in all."""
    small, large = _seconds(500), _seconds(5000)

    assert large < 30 * small
