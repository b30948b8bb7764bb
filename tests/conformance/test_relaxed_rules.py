"""Each relaxed rule is needed: the guide as it stands refuses what the row lets pass, and so does HL7's validator."""

import pytest

from server.fhir import json
from server.fhir.validation.relaxed import read_table
from server.fhir.validation.validate import Validator
from server.profiles import Profiles
from server.settings import content_root
from tests.builders.relaxed import samples
from tests.conformance.conftest import Validate

SAMPLES = samples()
EACH = pytest.mark.parametrize("row", SAMPLES)


def errors(validator: Validator, row: str) -> list[str]:
    """The errors of the sample of a row."""
    guide, profile, resource = SAMPLES[row]
    packages = [one for one in validator.library.packages if f"{one.name}@{one.version}" == guide]
    verdict = validator.validate(json.read(json.write(resource)), [profile] if profile else [], packages)
    return [f"{one.message} {one.expression}" for one in verdict.findings if one.severity == "error"]


def test_every_row_has_a_sample() -> None:
    assert {row.id for row in read_table(content_root() / "profiles")} == set(SAMPLES)


@EACH
def test_the_guide_as_it_stands_refuses_it_and_the_relaxed_one_does_not(profiles: Profiles, row: str) -> None:
    assert (errors(profiles.strict(), row) != [], errors(profiles.relaxed(), row)) == (True, [])


@pytest.mark.slow
@pytest.mark.xdist_group("validator")
@EACH
def test_the_reference_validator_refuses_it(validate: Validate, row: str) -> None:
    guide, profile, resource = SAMPLES[row]

    found = validate(resource, guide=guide, profile=profile or None, examples=True)

    assert found != []
