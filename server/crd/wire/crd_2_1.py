"""CRD 2.1: no code for what could not be found out, and few codes for reasons.

Spec page: https://hl7.org/fhir/us/davinci-crd/2025Jan/StructureDefinition-ext-coverage-information.html
"""

from server.crd.assertion import CoverageAssertion
from server.crd.wire import crd_2_2
from server.crd.wire.dialect import Dialect
from server.crd.wire.restate import without_detail_code, without_indeterminate
from server.fhir.codes import CRD


def restate(assertion: CoverageAssertion) -> CoverageAssertion:
    """The assertion in the vocabulary of 2.1."""
    return crd_2_2.restate(without_detail_code(without_indeterminate(assertion)))


CRD_2_1 = Dialect(
    version="2.1",
    restate=restate,
    reason_codes=frozenset({"gold-card", "detail-code"}),
    detail_system=f"{CRD}/CodeSystem/temp",
    detail_codes=frozenset({"allowed-quantity", "allowed-period", "policy-link"}),
    detail_category=False,
    contact="ContactPoint",
    expiry_date=True,
    topic_system=f"{CRD}/CodeSystem/temp",
    associated_reference=True,
    empty_system_actions=False,
    strict=True,
)
