"""What an earlier step left under a context id: the hook's assertion about an order, or a pended authorization.

The steps talk through the store: CRD keeps its assertion under the coverage-assertion-id, PAS keeps a case that is
found by the itemTraceNumber with which its answer asked for a form.
Spec page: https://hl7.org/fhir/us/davinci-dtr/STU2.2/OperationDefinition-questionnaire-package.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.fhir import json
from server.fhir.json import Json
from server.fhir.lenient import obj, objects, text
from server.storage.port import Document, Store

ASSERTION = "assertion"
CASE = "case"
_NEWEST_CASES = 10
"""Cases of one member that are looked at: clients number their traces anew in each request."""
_NO_REQUEST = ("no-auth", "satisfied", None)
"""Values of pa-needed after which no authorization is requested."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What is known about the order of a context. References are as the client named things then."""

    forms: tuple[str, ...]
    """Canonicals, url|version."""
    documentation_needed: bool
    authorization_needed: bool
    order: str | None = None
    coverage: str | None = None
    patient: str | None = None
    resources: Mapping[str, Json] = field(default_factory=dict)
    """The resources that the client sent with the hook, by `Type/id`."""


async def launch_of(store: Store, context: str, member_id: str) -> Launch | None:
    """What the context id stands for; None when nobody gave it out, or gave it out for another member."""
    assertion = await store.get(ASSERTION, context)
    if assertion is not None:
        return await _of_assertion(store, assertion) if assertion.body.get("member") == member_id else None
    keys = [f"trace:{context}", f"member:{member_id}"]
    found = await store.find(CASE, keys, limit=_NEWEST_CASES, newest_first=True)
    cases = [_of_case(document) for document in found.documents]
    return next((case for case in cases if case.forms), cases[0] if cases else None)


async def _of_assertion(store: Store, document: Document) -> Launch:
    body = document.body
    payload = [found for digest in sorted(document.payloads) if (found := await store.get_payload(digest))]
    return Launch(
        forms=tuple(body.get("forms", ())),
        documentation_needed=bool(body.get("doc_needed")),
        authorization_needed=body.get("pa_needed") not in _NO_REQUEST,
        order=obj(body.get("order")).get("reference"),
        coverage=body.get("coverage"),
        patient=body.get("patient"),
        resources=_resources(json.read(payload[0])) if payload else {},
    )


def _of_case(document: Document) -> Launch:
    """A case that waits for documentation: all its pended items' forms, as one trace may stand for several items."""
    pended = [item["explanation"] for item in document.body["items"] if item["review_action"] == "A4"]
    forms = dict.fromkeys(form for explanation in pended for form in explanation.get("forms", ()))
    return Launch(forms=tuple(forms), documentation_needed=bool(forms), authorization_needed=True)


def _resources(bundle: Json) -> dict[str, Json]:
    """The resources of the kept Bundle by `Type/id`; what the client sent to a hook has an id."""
    resources = [obj(entry.get("resource")) for entry in objects(obj(bundle).get("entry"))]
    return {f"{found.get('resourceType')}/{found['id']}": found for found in resources if text(found.get("id"))}
