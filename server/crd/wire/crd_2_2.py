"""CRD 2.2, the current version: the vocabulary in which the assertion is thought.

Spec page: https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from server.crd.assertion import CoverageAssertion
from server.crd.wire.dialect import Dialect
from server.crd.wire.restate import (
    forms_need_documentation,
    info_when_conditional,
    no_authorization_of_the_uncovered,
    satisfied_by_a_number,
)


def restate(assertion: CoverageAssertion) -> CoverageAssertion:
    """The assertion, with the invariants of 2.2 holding."""
    held = satisfied_by_a_number(no_authorization_of_the_uncovered(assertion))
    return info_when_conditional(forms_need_documentation(held))


CRD_2_2 = Dialect(
    version="2.2",
    restate=restate,
    reason_codes=frozenset(
        {
            "gold-card",
            "no-member-found",
            "no-active-coverage",
            "coverage-not-found",
            "auth-out-network",
            "technical",
        }
    ),
    detail_system="http://terminology.hl7.org/CodeSystem/crd-coverage-detail",
    detail_codes=frozenset({"allowed-quantity", "allowed-period", "policy-link"}),
    detail_category=True,
    contact="ContactDetail",
    expiry_date=True,
    topic_system="http://terminology.hl7.org/CodeSystem/cdshooks-card-type",
    associated_reference=True,
    empty_system_actions=False,
    strict=True,
)
