"""What the client wishes is obeyed; what makes no sense is ignored.

https://hl7.org/fhir/us/davinci-crd/deviations.html#configuration-options-extension
"""

import pytest

from server.crd.configuration import COVERAGE_INFO, GUIDELINE, LIMITS, MAX_CARDS, Configuration, configuration
from tests.builders.hooks import Json

OPTIONS = (COVERAGE_INFO, GUIDELINE, LIMITS, MAX_CARDS)
DEFAULT = Configuration(coverage_info=True, guideline=True, limits=True, max_cards=10)


@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-14")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-17")
@pytest.mark.requirement("hl7.fhir.us.davinci-crd_2.2.1@dev-6")
@pytest.mark.parametrize(
    ("wishes", "expected"),
    [
        (None, DEFAULT),
        ({}, DEFAULT),
        ({"coverage-info": False}, Configuration(False, True, True, 10)),
        ({"guideline": False, "max-cards": 2}, Configuration(True, False, True, 2)),
        ({"max-cards": 0}, Configuration(True, True, True, 0)),
        ({"max-cards": -1, "coverage-info": "no", "guideline": 0}, DEFAULT),
        ({"max-cards": True, "unheard-of": True, "coverage": False}, DEFAULT),
        (["coverage-info"], DEFAULT),
        ("coverage-info", DEFAULT),
    ],
)
def test_wishes_are_obeyed_and_nonsense_is_ignored(wishes: Json, expected: Configuration) -> None:
    assert configuration(wishes, OPTIONS) == expected
