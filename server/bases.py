"""The FHIR bases: one for each generation of the guides, each with its own features and its own gate.

Spec page: https://hl7.org/fhir/us/davinci-pas/change_history.html
"""

from collections.abc import Callable, Mapping, Sequence

from server.cases.case import Generation
from server.content.content import CurrentContent
from server.profiles import Profiles
from server.rest.validate_operation import validate_feature
from server.settings import Settings
from server.web.application import Base
from server.web.declare import FhirFeature
from server.web.enforcement import read_enforcement
from server.web.gate import Gate, Tell

PATHS: Mapping[Generation, str] = {"2.2": "/fhir", "2.0": "/2.0.1/fhir"}

GUIDES: Mapping[Generation, tuple[str, ...]] = {
    "2.2": ("hl7.fhir.us.davinci-pas#2.2.1", "hl7.fhir.us.davinci-crd#2.2.1", "hl7.fhir.us.davinci-dtr#2.2.0"),
    "2.0": ("hl7.fhir.us.davinci-pas#2.0.1", "hl7.fhir.us.davinci-crd#2.0.1", "hl7.fhir.us.davinci-dtr#2.0.1"),
}
"""The versions that count on a base where a canonical names none."""

FeaturesOf = Callable[[Generation], Sequence[FhirFeature]]


def bases(
    features: FeaturesOf, gates: Mapping[Generation, Gate], profiles: Profiles, content: CurrentContent
) -> tuple[Base, ...]:
    """The bases with what they serve; `$validate` is on each."""
    return tuple(
        Base(
            path,
            (*features(generation), validate_feature(profiles.strict, content, GUIDES[generation], profiles.learn)),
            gates[generation],
        )
        for generation, path in PATHS.items()
    )


def gates_of(settings: Settings, profiles: Profiles, tell: Tell) -> Mapping[Generation, Gate]:
    """A gate for each generation."""
    return {generation: _gate(settings, profiles, tell, packages) for generation, packages in GUIDES.items()}


def _gate(settings: Settings, profiles: Profiles, tell: Tell, packages: tuple[str, ...]) -> Gate:
    return Gate(
        profiles.relaxed,
        read_enforcement(settings.validation),
        tell,
        packages=packages,
        most_issues=settings.most_issues,
        self_check=settings.self_check,
    )
