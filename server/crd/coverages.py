"""Which Coverages a call is about. From CRD 2.1 on it must be one, of a payer that can be told; before, any number.

Spec page: https://hl7.org/fhir/us/davinci-crd/hooks.html
"""

from dataclasses import dataclass

from server.crd.gather import Gathered
from server.crd.hook_request import HookRequest
from server.crd.payer import Payer, payer_of
from server.errors import Issue, Refusal, RequestRefused
from server.fhir.json import Json
from server.fhir.lenient import reference
from server.fhir.reference import type_and_id

_MOST = 8
"""Coverages of one call that are looked up; a person with more has not been narrowed down at all."""


@dataclass(frozen=True, slots=True)
class AskedCoverage:
    """A coverage of the call, by the reference that the client knows it by."""

    reference: str
    resource: Json
    payer: Payer


def asked_coverages(request: HookRequest, gathered: Gathered) -> tuple[AskedCoverage, ...]:
    """The coverages to answer for, at least one. Raises RequestRefused when there is none that an answer could name.

    Before 2.1 that is a precondition of CDS Hooks which the call lacks; from 2.1 on CRD calls it a bad request.
    Spec: hl7.fhir.us.davinci-crd_2.2.1@hook-13
    """
    found = _of_patient(gathered, request.patient_id)
    if not found:
        refusal = Refusal.INVALID if request.dialect.strict else Refusal.PRECONDITION_FAILED
        raise RequestRefused(refusal, [_none(request.patient_id in _patients(gathered))])
    if len(found) > (1 if request.dialect.strict else _MOST):
        told = "Several coverages of the patient may be meant; send the one Coverage of the payer that is called."
        raise RequestRefused(Refusal.INVALID, [Issue("multiple-matches", told, "prefetch")])
    asked = tuple(AskedCoverage(f"Coverage/{each['id']}", each, payer_of(each, gathered)) for each in found)
    if request.dialect.strict and asked[0].payer.state == "unnamed":
        told = "The payer can't be told: give payor an identifier, or refer to an Organization that has one."
        raise RequestRefused(Refusal.INVALID, [Issue("required", told, "Coverage.payor")])
    return asked


def _of_patient(gathered: Gathered, patient_id: str) -> list[Json]:
    """The Coverages whose beneficiary is the patient or that do not say whose they are; the active ones if any is."""
    found = [coverage for coverage in gathered.of_type("Coverage") if _is_of(coverage, patient_id)]
    active = [coverage for coverage in found if coverage.get("status") == "active"]
    return active or found


def _is_of(coverage: Json, patient_id: str) -> bool:
    beneficiary = reference(coverage.get("beneficiary"))
    return beneficiary is None or type_and_id(beneficiary) in (None, ("Patient", patient_id))


def _patients(gathered: Gathered) -> set[str]:
    return {patient["id"] for patient in gathered.of_type("Patient")}


def _none(patient_came: bool) -> Issue:
    if patient_came:
        told = "No Coverage of the patient came along; prefetch it by the template `coverage` of this service."
    else:
        told = "Neither the Patient nor a Coverage came along; prefetch them by the templates of this service."
    return Issue("required", told, "prefetch.coverage")
