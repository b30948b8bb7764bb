"""`Questionnaire/$questionnaire-package`: the forms that an order needs, ready to be filled at the provider.

Nothing of the request is kept: the guide allows its use for the answer alone.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/OperationDefinition-questionnaire-package.html
"""

from dataclasses import dataclass, replace

from server.cases.on_file import authorizations, codes_that_matter
from server.clock import Ids
from server.content.content import CurrentContent
from server.decision.intake.clinical import facts
from server.dtr.context import Launch, launch_of
from server.dtr.decide import asked_orders, decide, documented_orders, reference_to, service_days
from server.dtr.enrolment import enrolment_for
from server.dtr.known import known_of, patient_of
from server.dtr.package_bundle import About, package_bundle
from server.dtr.package_request import PackageRequest, read_package_request
from server.dtr.selection import select
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.fhir.json import Json
from server.fhir.outcome import operation_outcome
from server.members.port import Enrolment, Members
from server.storage.port import Store
from server.web.declare import FhirAnswer, FhirRequest


@dataclass(frozen=True, slots=True)
class QuestionnairePackage:
    """The use case, with what it needs of the outside."""

    store: Store
    members: Members
    content: CurrentContent
    ids: Ids

    async def answer(self, request: FhirRequest) -> FhirAnswer:
        """The output Parameters. Raises RequestRefused as the guide says; nothing is written.

        Spec: hl7.fhir.us.davinci-dtr_2.2.0@oper-10, hl7.fhir.us.davinci-dtr_2.2.0@sec-9
        """
        asked = read_package_request(request.resource)
        content, sent, today = self.content(), asked.resources(), request.received.date()
        orders = asked_orders(asked.orders, sent)
        enrolment = await enrolment_for(self.members, asked.coverage, sent, service_days(orders, today))
        launch = await self._launch(asked, enrolment)
        subject = _subject(asked, launch)
        everything = {**(launch.resources if launch else {}), **sent}
        documented = documented_orders(orders, launch.order if launch else None, everything)
        items = [each.item for each in (*orders, *documented) if each.item]
        codes = codes_that_matter(content.policies, items, enrolment.line_of_business, today)
        on_file = await authorizations(self.store, enrolment.member_id, codes)
        found = replace(facts(everything, subject.get("reference")), authorized=on_file)
        decided = decide(orders, enrolment, found, content, request.received)
        chosen = select(asked, launch, decided, content.forms, today)
        known = known_of(documented, asked.coverage, patient_of(subject, everything), found, today)
        coverage = reference_to(asked.coverage) or _launched_coverage(launch)
        about = About(subject, coverage, known, request.base, request.received)
        packages = [
            {"name": "packagebundle", "resource": package_bundle(each, about, self.ids)} for each in chosen.forms
        ]
        outcome = [{"name": "outcome", "resource": operation_outcome(chosen.remarks)}] if chosen.remarks else []
        return FhirAnswer(json.write({"resourceType": "Parameters", "parameter": [*packages, *outcome]}))

    async def _launch(self, asked: PackageRequest, enrolment: Enrolment) -> Launch | None:
        """What the context id stands for. An id of another member is as unknown as one that nobody gave out.

        Spec: hl7.fhir.us.davinci-dtr_2.2.0@spec-130
        """
        if asked.context is None:
            return None
        launch = await launch_of(self.store, asked.context, enrolment.member_id)
        if launch is None:
            text = (
                "The context is not known for this member; send the coverage-assertion-id of the hook's answer, "
                "or the order instead."
            )
            expression = "Parameters.parameter.where(name = 'context').value"
            raise RequestRefused(Refusal.NOT_FOUND, [Issue("not-found", text, expression)])
        return launch


def _subject(asked: PackageRequest, launch: Launch | None) -> Json:
    if asked.subject is not None:
        return asked.subject
    if launch and launch.patient:
        return {"reference": launch.patient}
    text = "The coverage has no beneficiary and no order a subject; send the Reference to the Patient in one of them."
    expression = "Parameters.parameter.where(name = 'coverage').resource.beneficiary"
    raise RequestRefused(Refusal.INVALID, [Issue("required", text, expression)])


def _launched_coverage(launch: Launch | None) -> Json:
    """The Coverage of a request without id and identifier: as the hook named it, else only that it was one."""
    if launch and launch.coverage:
        return {"reference": launch.coverage}
    return {"type": "Coverage", "display": "The coverage of the request"}
