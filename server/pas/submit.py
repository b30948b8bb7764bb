"""Claim/$submit: read, decide, keep once, answer. The same bytes of the same caller always get the same answer bytes.

Nothing is locked. Whoever writes the case first has answered the request; every other process that decided the same
bytes at the same time finds the key taken and sends the answer that is kept.
Spec page: https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-submit.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from server.aside import Work, work_for
from server.cases.attached import attached_evidence
from server.cases.case import CASE_KIND, Case, CaseRequest, Generation, RequestKind
from server.cases.document import from_document, request_key, to_document
from server.clock import Clock, Ids, instant
from server.content.content import CurrentContent
from server.errors import Duplicate, Refusal, RequestRefused, StoreUnavailable, VersionConflict
from server.fhir import json
from server.members.port import Members
from server.pas.answer import Answer, answered_items
from server.pas.business_error import BusinessError, nothing_to_cancel
from server.pas.case_of import new_case, request_of, updated_case, with_answer
from server.pas.certification import is_cancelled, modifier_issues
from server.pas.change import cancels_all, denied_errors
from server.pas.decide import Decided, decide
from server.pas.entries import answer_entries, request_entries, with_entries
from server.pas.lineage import follows, prior_case
from server.pas.redecide import with_evidence
from server.pas.rendering import render
from server.pas.request_bundle import read_submission
from server.pas.submission import Submission
from server.storage.port import Document, Entry, Store
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
    generation: Generation = "2.2"

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """The answer; raises RequestRefused for what can't be processed, and then nothing was kept.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-39
        """
        digest = _digest(request.body)
        key = request_key(request.caller, digest)
        if (kept := await self._kept(key, digest)) is not None:
            return FhirAnswer(kept)
        work = work_for(len(request.body))
        submission = await work(lambda: read_submission(request.resource, self.generation))
        if issues := modifier_issues(submission.claim):
            raise RequestRefused(Refusal.NOT_SUPPORTED, issues)
        for _ in range(_ATTEMPTS):
            try:
                return FhirAnswer(await self._answered(_Call(request, submission, digest, work)))
            except (Duplicate, VersionConflict):
                # The same request was answered meanwhile; or a number was taken, or someone changed the case: what is
                # true now is decided on again.
                if (kept := await self._kept(key, digest)) is not None:
                    return FhirAnswer(kept)
        raise StoreUnavailable("no free number was found for the answer")

    async def _kept(self, key: str, digest: str) -> bytes | None:
        document = await self.store.get_by_unique(CASE_KIND, key)
        if document is None:
            return None
        answered = next((each for each in from_document(document).answers if each.request == digest), None)
        return await self.store.get_payload(answered.digest) if answered else None

    async def _answered(self, call: "_Call") -> bytes:
        """Decides, and keeps request and answer in one write: in a new case, or in the one that the Claim follows."""
        submission, caller = call.submission, call.request.caller
        decided = await self._decided(submission, call)
        prior = None
        if decided.member and follows(submission):
            prior = await prior_case(self.store, submission, caller, decided.member)
        if prior and (came := await attached_evidence(self.store, prior[1])):
            # What an attachment showed goes on to count for what the update asks to be decided anew.
            decided = await self._decided(with_evidence(submission, came), call)
        if prior and request_key(caller, call.digest) in prior[0].unique:
            raise Duplicate("the request was answered meanwhile")
        if prior and (cancels_all(submission) or not decided.errors):
            errors = denied_errors(prior[1], submission)
            if not errors:
                return await self._changed(call, decided, *prior)
            decided = replace(decided, errors=tuple(errors), determination=None)
        elif is_cancelled(submission.claim) and not decided.errors:
            decided = replace(decided, errors=(nothing_to_cancel(),), determination=None)
        return await self._opened(call, decided)

    async def _decided(self, submission: Submission, call: "_Call") -> Decided:
        return await decide(
            submission,
            store=self.store,
            members=self.members,
            content=self.content(),
            received=call.request.received,
            work=call.work,
        )

    async def _opened(self, call: "_Call", decided: Decided) -> bytes:
        """A new case.

        All is made before anything is kept, so that a fault that shows up on the way leaves nothing behind.
        """

        def make() -> tuple[Document, list[bytes], bytes]:
            asked, payloads = self._asked(call, "new")
            at = self.clock()
            case = new_case(decided, call.submission, asked, received=call.request.received, at=at, ids=self.ids)
            case, body, entries = self._rendered(case, call.submission, decided.errors, at, case.id)
            return to_document(case, entries), [*payloads, body], body

        document, payloads, body = await call.work(make)
        await self.store.create(document, payloads)
        return body

    async def _changed(self, call: "_Call", decided: Decided, stored: Document, before: Case) -> bytes:
        """The case that the Claim follows, with what the Claim changes; raises VersionConflict when it has moved on.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-46
        """

        def make() -> tuple[Document, list[bytes], bytes]:
            asked, payloads = self._asked(call, "cancel" if cancels_all(call.submission) else "update")
            at = self.clock()
            case = updated_case(before, decided, call.submission, asked, at=at, ids=self.ids)
            case, body, entries = self._rendered(case, call.submission, (), at, self.ids.new_id())
            kept = with_entries(stored.entries, entries)
            return to_document(case, kept, stored.payloads), [*payloads, body], body

        document, payloads, body = await call.work(make)
        await self.store.replace(document, payloads)
        return body

    def _asked(self, call: "_Call", kind: RequestKind) -> tuple[CaseRequest, list[bytes]]:
        """What came in, as the case names it, and the payloads to keep of it."""
        request = call.request
        of_bundle, payloads = _received(call)
        asked = request_of(
            call.submission,
            digest=call.digest,
            bundle_digest=of_bundle,
            caller=request.caller,
            received=request.received,
            base=request.base,
            kind=kind,
            generation=self.generation,
        )
        return asked, payloads

    def _rendered(
        self, case: Case, submission: Submission, errors: Sequence[BusinessError], at: datetime, claim_id: str
    ) -> tuple[Case, bytes, tuple[Entry, ...]]:
        """The case with its answer, the answer's bytes, and the entries of the new Claim and the answer."""
        asked, items = case.request, answered_items(submission, case.items)
        answer = Answer(
            submission=submission,
            items=items,
            errors=errors,
            created=at,
            base=asked.base,
            bundle_id=self.ids.new_id(),
            claim_response_id=self.ids.new_id(),
            generation=self.generation,
            is_subset=len(items) < len(case.items),
        )
        bundle = render(answer)
        body = json.write(bundle)
        sent = _digest(body)
        entries = (
            *request_entries(submission, asked.bundle_digest or asked.digest, claim_id, self.ids, instant(at)),
            *answer_entries(answer, bundle, sent),
        )
        return with_answer(case, answer, sent, asked.digest), body, entries


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, as far as it was read, and how the work on it is done."""

    request: FhirRequest
    submission: Submission
    digest: str
    work: Work


def _received(call: _Call) -> tuple[str, list[bytes]]:
    """Digest of the Bundle, and the payloads to keep: in Parameters it has no bytes of its own to point into."""
    request, bundle = call.request, call.submission.bundle.value
    if bundle is request.resource:
        return call.digest, [request.body]
    inner = json.write(bundle)
    return _digest(inner), [request.body, inner]


def _digest(payload: bytes) -> str:
    return sha256(payload).hexdigest()
