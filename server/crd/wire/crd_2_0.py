"""CRD 2.0, the version in regulation: one need for documentation, and always a word about authorization.

Its invariant crd-ci-q2 lacks an `exists()`, so a validator takes it as failed whenever pa-needed is absent, even for
what is not covered; `no-auth` is the one code that is true there.
Spec page: https://hl7.org/fhir/us/davinci-crd/2.0.1/StructureDefinition-ext-coverage-information.html
"""

from dataclasses import replace

from server.crd.assertion import CoverageAssertion, DocNeeded, PaNeeded
from server.crd.wire.dialect import Dialect
from server.crd.wire.restate import (
    forms_need_documentation,
    info_when_conditional,
    satisfied_by_a_number,
    without_detail_code,
    without_indeterminate,
)
from server.fhir.codes import CRD


def restate(assertion: CoverageAssertion) -> CoverageAssertion:
    """The assertion in the vocabulary of 2.0."""
    known = without_detail_code(without_indeterminate(assertion))
    said = replace(known, pa_needed=_authorization(known), doc_needed=_one_need(known.doc_needed))
    return info_when_conditional(forms_need_documentation(satisfied_by_a_number(said)))


def _authorization(assertion: CoverageAssertion) -> PaNeeded:
    if assertion.covered == "not-covered":
        return "no-auth"
    return assertion.pa_needed or "conditional"


def _one_need(needs: tuple[DocNeeded, ...]) -> tuple[DocNeeded, ...]:
    older = {"admin" if need == "patient" else need for need in needs}
    if {"clinical", "admin"} <= older or "both" in older:
        return ("both",)
    return next(((need,) for need in ("clinical", "admin", "conditional") if need in older), ())


CRD_2_0 = Dialect(
    version="2.0",
    restate=restate,
    reason_codes=frozenset({"gold-card", "detail-code"}),
    detail_system=f"{CRD}/CodeSystem/temp",
    detail_codes=frozenset({"allowed-quantity", "allowed-period"}),
    detail_category=False,
    contact="ContactPoint",
    expiry_date=False,
    topic_system=f"{CRD}/CodeSystem/temp",
    associated_reference=False,
    empty_system_actions=True,
    strict=False,
)
