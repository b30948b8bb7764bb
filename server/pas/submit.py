"""Claim/$submit: read, decide, keep once, answer. The same bytes of the same caller always get the same answer bytes.

Nothing is locked. Whoever writes the case first has answered the request; every other process that decided the same
bytes at the same time finds the key taken and sends the answer that is kept.
Spec page: https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html
"""

import asyncio
from dataclasses import dataclass
from hashlib import sha256

from server.cases.case import CASE_KIND
from server.cases.document import from_document, request_key, to_document
from server.clock import Clock, Ids, instant
from server.content.content import CurrentContent
from server.errors import Duplicate, Refusal, RequestRefused, StoreUnavailable
from server.fhir import json
from server.fhir.json import Json
from server.members.port import Members
from server.pas.answer import Answer, AnsweredItem
from server.pas.case_of import case_of, request_of
from server.pas.decide import Decided, decide
from server.pas.entries import answer_entry, request_entries
from server.pas.request_bundle import read_submission
from server.pas.response_bundle import response_bundle
from server.pas.submission import Submission
from server.pas.update import cancel_issues, update_issues
from server.storage.port import Document, Store
from server.web.declare import FhirAnswer, FhirRequest

_ATTEMPTS = 20
"""Numbers and ids that are taken are made anew; so many in a row are no chance but a fault."""


@dataclass(frozen=True, slots=True)
class Submit:
    """The operation with what it needs of the outside world."""

    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """The answer; raises RequestRefused for what can't be processed, and then nothing was kept.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-39
        """
        digest = _digest(request.body)
        key = request_key(request.caller, digest)
        if (kept := await self._kept(key, digest)) is not None:
            return FhirAnswer(kept)
        submission = read_submission(request.resource)
        if issues := cancel_issues(submission) or await update_issues(submission, request.caller, self.store):
            raise RequestRefused(Refusal.NOT_SUPPORTED, issues)
        decided = await decide(
            submission,
            store=self.store,
            members=self.members,
            content=self.content(),
            received=request.received,
        )
        for _ in range(_ATTEMPTS):
            try:
                return FhirAnswer(await self._answer(request, submission, decided, digest))
            except Duplicate:
                if (kept := await self._kept(key, digest)) is not None:
                    return FhirAnswer(kept)
        raise StoreUnavailable("no free number was found for the answer")

    async def _kept(self, key: str, digest: str) -> bytes | None:
        document = await self.store.get_by_unique(CASE_KIND, key)
        if document is None:
            return None
        answered = next(each for each in from_document(document).answers if each.request == digest)
        return await self.store.get_payload(answered.digest)

    async def _answer(self, request: FhirRequest, submission: Submission, decided: Decided, digest: str) -> bytes:
        """Makes the answer and keeps it with the request: the payloads first, then the case in one write.

        All is made before anything is kept, so that a fault that shows up on the way leaves nothing behind.
        """
        answer = self._made(request, submission, decided)
        bundle = response_bundle(answer)
        body = json.write(bundle)
        payloads = {digest: request.body, _digest(body): body}
        of_bundle = digest
        if submission.bundle.value is not request.resource:
            # In Parameters the Bundle has no bytes of its own to point into, so it is kept beside them.
            inner = json.write(submission.bundle.value)
            of_bundle = _digest(inner)
            payloads[of_bundle] = inner
        document = self._document(request, answer, decided, bundle, (digest, of_bundle, _digest(body)))
        await asyncio.gather(*(self.store.put_payload(payload) for payload in payloads.values()))
        await self.store.create(document)
        return body

    def _document(
        self, request: FhirRequest, answer: Answer, decided: Decided, bundle: Json, digests: tuple[str, str, str]
    ) -> Document:
        """The case's document; `digests` are of the request, of the Bundle in it, and of the answer."""
        of_request, of_bundle, of_answer = digests
        case_id, updated = self.ids.new_id(), instant(answer.created)
        case = case_of(
            answer,
            decided,
            id=case_id,
            received=request.received,
            request=request_of(answer.submission, digest=of_request, caller=request.caller),
            answer_digest=of_answer,
        )
        entries = (
            *request_entries(answer.submission, of_bundle, case_id, self.ids, updated),
            answer_entry(answer, bundle["entry"][0]["resource"], of_answer),
        )
        return to_document(case, entries, frozenset(digests))

    def _made(self, request: FhirRequest, submission: Submission, decided: Decided) -> Answer:
        items = _answered(submission, decided)
        certified = any(item.is_certified for item in items)
        return Answer(
            submission=submission,
            items=items,
            errors=decided.errors,
            created=self.clock(),
            base=request.base,
            bundle_id=self.ids.new_id(),
            claim_response_id=self.ids.new_id(),
            ids=self.ids,
            authorization_number=self.ids.number("PA") if certified else None,
            reference_number=self.ids.number("RN") if items else None,
        )


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()


def _answered(submission: Submission, decided: Decided) -> list[AnsweredItem]:
    if decided.determination is None:
        return []
    elements = submission.claim.children("item")
    return [AnsweredItem(*pair) for pair in zip(elements, decided.determination.items, strict=True)]
