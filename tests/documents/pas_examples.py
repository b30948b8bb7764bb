"""Plays every operation of PAS against the whole application, and gives the examples of docs/pas.md."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from server.app import create_app
from server.fhir import json
from server.settings import Settings
from tests.builders.attachments import a_delivery, a_form, an_attachment, measured
from tests.builders.claims import PAS, a_claim, a_request_bundle, an_item
from tests.builders.inquiries import an_inquiry
from tests.builders.subscriptions import MovingClock, a_listener, a_subscription_resource, until
from tests.builders.updates import an_update, certification, marked
from tests.documents.calls import Told
from tests.scenarios.attachment_calls import control_numbers
from tests.scenarios.conftest import repeatable_ids
from tests.scenarios.review_calls import NURSE

Json = Any
STRIPS, OXYGEN, WHEELCHAIR = "A4253", "E1390", "E1223"
CLINIC = "http://hl7.org/fhir/sid/us-npi|8189991234"
SUBMIT = "/fhir/Claim/$submit"

_SERVICE = ("Claim.id", "Claim.item.sequence", "Claim.item.productOrService")
_FOLLOWING = ("Claim.id", "Claim.related.claim", "Claim.item.sequence")
_ACTION = ("item.itemSequence", "item.adjudication.extension")
_DECIDED = tuple(f"ClaimResponse.{each}" for each in ("id", "outcome", "preAuthRef", *_ACTION))


async def examples(folder: Path) -> dict[str, str]:
    """The examples by name. The store is made in the folder."""
    clock = MovingClock()
    async with _served(folder, clock) as client:
        told = Told(client)
        number = await _certified(told)
        await _updated(told, number)
        await _asked_for(told)
        await _pended_and_attached(told)
        await _earlier_generation(told)
        await _decided_by_a_person(told, clock)
    return told.examples


@asynccontextmanager
async def _served(folder: Path, clock: MovingClock) -> AsyncIterator[httpx2.AsyncClient]:
    settings = Settings(store_url=f"sqlite:///{folder}/passage.db", reload_seconds=0, self_check="raise")
    app = create_app(settings, clock=clock, ids=repeatable_ids())
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://passage.example") as client:
            yield client


async def _certified(told: Told) -> str:
    """A request that the rules certify, and its record; gives the authorization number."""
    sent = (*_SERVICE, "Claim.identifier", "Claim.item.extension[itemTraceNumber]", "Claim.item.servicedDate")
    got = ("id", "request", "outcome", "preAuthRef", "item.itemSequence", "item.extension", "item.adjudication")
    paths = tuple(f"ClaimResponse.{each}" for each in got)
    answer = await told.post("new", SUBMIT, _request("claim-1", an_item(STRIPS)), sent=sent, got=paths)

    async def has_records() -> bool:
        return bool((await told.client.get("/api/v1/metrics")).text.strip())

    await until(has_records)  # Records are written some time after the answer.
    (record,) = (await told.client.get("/api/v1/metrics")).text.splitlines()
    told.show("metrics", "GET /api/v1/metrics", json.read(record.encode()))
    return str(answer["entry"][0]["resource"]["preAuthRef"])


async def _updated(told: Told, number: str) -> None:
    """An item is added, taken back, and the other one renewed; and a cancel of what there is not."""
    added = an_update(an_item(STRIPS), an_item(WHEELCHAIR, sequence=2))
    await told.post("update", SUBMIT, added, sent=(*_FOLLOWING, *_SERVICE), got=_DECIDED)
    taken_back = marked(an_item(WHEELCHAIR, sequence=2), cancelled=True)
    cancel = an_update(an_item(STRIPS), taken_back, id="claim-3", of="claim-2")
    await told.post("cancel", SUBMIT, cancel, sent=(*_FOLLOWING, "Claim.item.modifierExtension"), got=_DECIDED)
    held = {"url": f"{PAS}/extension-authorizationNumber", "valueString": number}
    renewed = _request("claim-4", marked(an_item(STRIPS, servicedDate="2026-12-20"), certification("R"), held))
    kinds = ("Claim.item.extension[certificationType]", "Claim.item.extension[authorizationNumber]")
    await told.post("renewal", SUBMIT, renewed, sent=(*_FOLLOWING, *kinds, "Claim.item.servicedDate"), got=_DECIDED)
    unknown = an_update(an_item(STRIPS), id="claim-5", of="never-sent", extension=[certification("3")])
    got = tuple(f"ClaimResponse.{each}" for each in ("outcome", "error", "processNote"))
    await told.post("error", SUBMIT, unknown, sent=("Claim.id", "Claim.extension", "Claim.related.claim"), got=got)


async def _asked_for(told: Told) -> None:
    """An inquiry and a search about the same case."""
    await told.post("inquire", "/fhir/Claim/$inquire", an_inquiry(), sent=("Claim.id", "Claim.item"), got=_DECIDED)
    rows = ("Bundle.type", "Bundle.total", "Bundle.entry.fullUrl", "Bundle.entry.search")
    await told.get("search", "/fhir/ClaimResponse?outcome=complete", got=rows)
    await told.get("brought", "/fhir/Patient?identifier=PSG-1003&_count=1", got=rows)


async def _pended_and_attached(told: Told) -> None:
    """A request that waits for information, and what was asked for."""
    got = [*_DECIDED, "ClaimResponse.item.extension[administrationReferenceNumber]"]
    got += ["ClaimResponse.communicationRequest", "ClaimResponse.processNote"]
    got += ["CommunicationRequest.id", "CommunicationRequest.identifier", "CommunicationRequest.payload"]
    got += ["Task.code", "Task.restriction", "Task.input"]
    answer = await told.post("pended", SUBMIT, _oxygen("claim-6"), sent=_SERVICE, got=tuple(got))
    response, number = answer["entry"][0]["resource"], control_numbers(answer)["102089-0"]
    evidence = [an_attachment(a_form(), lines=(1,)), an_attachment(measured(52), code="11502-2")]
    sent = [f"Parameters.parameter[{name}]" for name in ("TrackingId", "AttachTo", "OrganizationId", "MemberId")]
    attached = "Parameters.parameter[Attachment]"
    sent += [f"{attached}.{part}" for part in ("name", "part[LineItem]", "part[Code]", "part[Content].name")]
    sent += [f"{attached}.part[Content].resource.resourceType"]
    await told.post("attachment", "/fhir/$submit-attachment", a_delivery(number, *evidence), sent=tuple(sent))
    await told.get("attachment", f"/fhir/ClaimResponse/{response['id']}", got=_DECIDED)


async def _earlier_generation(told: Told) -> None:
    """The same request as PAS 2.0.1."""
    got = (*_DECIDED, "Task.code", "Task.input")
    await told.post("earlier", "/2.0.1/fhir/Claim/$submit", _oxygen("claim-7"), sent=_SERVICE, got=got)


async def _decided_by_a_person(told: Told, clock: MovingClock) -> None:
    """A Subscription, a request that waits for a person, the decision, and the notification."""
    async with a_listener() as listener:
        told.endpoint = listener.url
        resource = a_subscription_resource(
            listener.url, filters=[f"org-identifier={CLINIC}"], channel={"header": ["Authorization: Bearer a-token"]}
        )
        created = await told.post("subscription", "/fhir/Subscription", resource, got=("id", "status"))
        clock.pass_time(seconds=1)
        await listener.has(1)
        await until(lambda: _is_active(told, created["id"]))
        claim = a_claim(an_item(WHEELCHAIR), id="claim-8")
        request = a_request_bundle(claim, member="PSG-1007", identifier=_named("BDL-claim-8"))
        await told.post("decision", SUBMIT, request, sent=_SERVICE, got=_DECIDED)
        await _approved(told, clock)
        notification = (await listener.has(2))[-1].bundle
        told.show("notification", "POST https://ehr.example/hook", notification, "Parameters.parameter", *_DECIDED)


async def _approved(told: Told, clock: MovingClock) -> None:
    items = "cases.items"
    rows = ("cases.id", "cases.version", f"{items}.sequence", f"{items}.owner", f"{items}.due")
    (case,) = (await told.get("decision", "/api/v1/work?q=BDL-claim-8", got=rows))["cases"]
    clock.pass_time(hours=2)
    decision = {"sequence": 1, "decision": "approve", "note": "The visit note shows the need at home."}
    body = {"reviewer": NURSE, "version": case["version"], "items": [decision]}
    shown = ("id", "version", "state", "items.sequence", "items.review_action", "items.reference_number")
    await told.post("decision", f"/api/v1/cases/{case['id']}/decisions", body, got=shown)


async def _is_active(told: Told, id: str) -> bool:
    return bool((await told.client.get(f"/fhir/Subscription/{id}")).json()["status"] == "active")


def _request(id: str, *items: Json) -> Json:
    return a_request_bundle(a_claim(*items, id=id), identifier=_named(f"BDL-{id}"))


def _oxygen(id: str) -> Json:
    claim = a_claim(an_item(OXYGEN), diagnosis="J44.9", id=id)
    return a_request_bundle(claim, member="PSG-1002", identifier=_named(f"BDL-{id}"))


def _named(value: str) -> Json:
    return {"system": "https://ehr.example/bundles", "value": value}
