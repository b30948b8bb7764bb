"""Claim/$submit: read, decide, keep once, answer. The same bytes of the same caller always get the same answer bytes.

Nothing is locked. Whoever writes the case first has answered the request; every other process that decided the same
bytes at the same time finds the key taken and sends the answer that is kept.
Spec page: https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from server.cases.case import CASE_KIND, Case
from server.cases.document import from_document, request_key, to_document
from server.clock import Clock, Ids, instant
from server.content.content import CurrentContent
from server.errors import Duplicate, Refusal, RequestRefused, StoreUnavailable
from server.fhir import json
from server.members.port import Members
from server.pas.answer import Answer, answered_items
from server.pas.case_of import new_case, request_of, with_answer
from server.pas.decide import Decided, decide
from server.pas.entries import answer_entry, request_entries
from server.pas.rendering import render
from server.pas.request_bundle import read_submission
from server.pas.submission import Submission
from server.pas.update import cancel_issues, update_issues
from server.storage.port import Store
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
        """Makes the answer and keeps it with the request in one write.

        All is made before anything is kept, so that a fault that shows up on the way leaves nothing behind.
        """
        of_bundle, payloads = _received(request, submission, digest)
        asked = request_of(
            submission,
            digest=digest,
            bundle_digest=of_bundle,
            caller=request.caller,
            received=request.received,
            base=request.base,
        )
        at = self.clock()
        case = new_case(decided, asked, received=request.received, at=at, ids=self.ids)
        answer = self._made(case, submission, decided, at)
        bundle = render(answer)
        body = json.write(bundle)
        case = with_answer(case, answer, _digest(body), digest)
        entries = (
            *request_entries(submission, of_bundle, case.id, self.ids, instant(at)),
            answer_entry(answer, bundle["entry"][0]["resource"], _digest(body)),
        )
        await self.store.create(to_document(case, entries), [*payloads, body])
        return body

    def _made(self, case: Case, submission: Submission, decided: Decided, at: datetime) -> Answer:
        return Answer(
            submission=submission,
            items=answered_items(submission, case.items),
            errors=decided.errors,
            created=at,
            base=case.request.base,
            bundle_id=self.ids.new_id(),
            claim_response_id=self.ids.new_id(),
        )


def _received(request: FhirRequest, submission: Submission, digest: str) -> tuple[str, list[bytes]]:
    """Digest of the Bundle, and the payloads to keep: in Parameters it has no bytes of its own to point into."""
    if submission.bundle.value is request.resource:
        return digest, [request.body]
    inner = json.write(submission.bundle.value)
    return _digest(inner), [request.body, inner]


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()
