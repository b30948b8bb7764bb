"""Creating, reading, updating and deleting Subscriptions. Only who created one may see or change it.

Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/workflow.html
Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-59
"""

from dataclasses import replace
from datetime import datetime

from server.cases.case import Generation
from server.clock import Clock, Ids
from server.errors import Issue, Refusal, RequestRefused
from server.fhir import json
from server.notification.document import to_document
from server.notification.endpoint import EndpointPolicy
from server.notification.kept import change, read
from server.notification.subscription import Subscription, requested, turned_off
from server.storage.port import Store
from server.subscriptions.asked import Asked, read_asked
from server.subscriptions.written import headers_of, written
from server.web.declare import FhirAnswer, FhirRequest


class Registry:
    """The Subscriptions of one base."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, generation: Generation, policy: EndpointPolicy) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._generation: Generation = generation
        self._policy = policy

    async def create(self, request: FhirRequest) -> FhirAnswer:
        """Answers 201 with the Subscription as requested; its handshake follows.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-54, hl7.fhir.uv.subscriptions_1.1.0@29,
        hl7.fhir.uv.subscriptions_1.1.0@133
        """
        asked = read_asked(request.resource, self._generation, self._policy, request.received)
        now = self._clock()
        subscription = _asked_again(
            Subscription(
                id=self._ids.new_id(),
                caller=request.caller,
                generation=self._generation,
                base=request.base,
                resource="",
                channel=asked.channel,
                filters=asked.filters,
                status="requested",
                created=now,
                updated=now,
            ),
            request,
            asked,
            now,
        )
        await self._store.create(to_document(subscription))
        location = ("Location", f"{request.base}/Subscription/{subscription.id}")
        return FhirAnswer(json.write(written(subscription)), 201, (location, *headers_of(subscription)))

    async def read(self, request: FhirRequest) -> FhirAnswer:
        """Answers the Subscription as it is now.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@124, hl7.fhir.uv.subscriptions_1.1.0@134
        """
        found = await self.found(request)
        tags = {tag.strip() for tag in request.headers.get("if-none-match", "").split(",")}
        if tags & {f'W/"{found.revision}"', f'"{found.revision}"', "*"}:
            return FhirAnswer(b"", 304, headers_of(found))
        return FhirAnswer(json.write(written(found)), 200, headers_of(found))

    async def update(self, request: FhirRequest) -> FhirAnswer:
        """Takes what a client sends in place of what was there. Status off stops it; all else asks for it again, with
        a handshake, and what waited is sent after that.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@126
        """
        await self.found(request)
        asked = read_asked(request.resource, self._generation, self._policy, request.received)

        def changing(stored: Subscription) -> Subscription:
            _check(self._belongs(stored, request))
            _check_version(stored, request)
            now = self._clock()
            return _asked_again(replace(stored, revision=stored.revision + 1), request, asked, now)

        changed = await change(self._store, request.id or "", changing)
        if changed is None:
            raise _not_found()
        return FhirAnswer(json.write(written(changed)), 200, headers_of(changed))

    async def delete(self, request: FhirRequest) -> FhirAnswer:
        """Ends it; nothing is sent any more. Deleting it again is the same.

        Spec: hl7.fhir.uv.subscriptions_1.1.0@127
        """

        def changing(stored: Subscription) -> Subscription:
            _check(self._belongs(replace(stored, deleted=False), request))
            return stored if stored.deleted else replace(turned_off(stored, self._clock()), deleted=True)

        if await change(self._store, request.id or "", changing) is None:
            raise _not_found()
        return FhirAnswer(b"", 204)

    async def found(self, request: FhirRequest) -> Subscription:
        """The Subscription that the address names. Raises RequestRefused where the caller has none of this id."""
        subscription = await read(self._store, request.id or "")
        if subscription is None or not self._belongs(subscription, request):
            raise _not_found()
        return subscription

    def _belongs(self, subscription: Subscription, request: FhirRequest) -> bool:
        same = subscription.caller == request.caller and subscription.generation == self._generation
        return same and not subscription.deleted


def _asked_again(subscription: Subscription, request: FhirRequest, asked: Asked, now: datetime) -> Subscription:
    changed = replace(
        subscription,
        base=request.base,
        resource=json.write(request.resource).decode(),
        channel=asked.channel,
        filters=asked.filters,
        ends=asked.ends,
    )
    return turned_off(changed, now) if asked.off else requested(changed, now)


def _check(belongs: bool) -> None:
    if not belongs:
        raise _not_found()


def _check_version(stored: Subscription, request: FhirRequest) -> None:
    wanted = request.headers.get("if-match")
    if wanted is not None and wanted.strip() not in (f'W/"{stored.revision}"', f'"{stored.revision}"', "*"):
        text = "The Subscription has changed since the version that If-Match names; read it again."
        raise RequestRefused(Refusal.PRECONDITION_FAILED, [Issue("conflict", text)])


def _not_found() -> RequestRefused:
    text = "There is no Subscription of this id; search for it at /Subscription, or create it by POST."
    return RequestRefused(Refusal.NOT_FOUND, [Issue("not-found", text)])
