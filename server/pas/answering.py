"""The answer of a case that changed without a Claim: a person decided, an attachment came, a time ran out.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#pended-authorization-responses
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from server.cases.answering import Answered
from server.cases.case import Case, Generation, Notice
from server.cases.document import from_document, to_document
from server.clock import Ids
from server.fhir import json
from server.pas.answer import Answer, Purpose, answered_items
from server.pas.business_error import BusinessError
from server.pas.case_of import state_of, with_answer
from server.pas.change import retired_numbers
from server.pas.entries import answer_entries, with_entries
from server.pas.parties import addressed
from server.pas.rendering import GENERATIONS, base_of, render
from server.pas.request_bundle import read_kept
from server.pas.submission import Submission
from server.storage.port import Document, Store


@dataclass(frozen=True, slots=True)
class PasAnswering:
    """Renders the current answer of a changed case, as `server.cases.answering.Answering` says."""

    store: Store
    ids: Ids

    async def __call__(self, stored: Document, changed: Case, at: datetime, *, notify: bool = True) -> Answered:
        """The document to write over `stored`; raises StoreUnavailable when the request can't be read.

        The ClaimResponse keeps its id: it is the same answer, further on. Its Bundle is a new one.
        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-60
        """
        submission = await kept_submission(self.store, changed)
        answer = current_answer(
            changed,
            submission,
            at,
            purpose="notification",
            bundle_id=self.ids.new_id(),
            generation=changed.request.generation,
        )
        bodies = self._bodies(answer, notify)
        digests = {generation: sha256(body).hexdigest() for generation, body in bodies.items()}
        digest = digests[answer.generation]
        retired = retired_numbers(from_document(stored), changed.items)
        case = replace(changed, state=state_of(changed.items), updated=at, version=stored.version + 1, retired=retired)
        case = with_answer(case, answer, digest, None)
        if notify:
            case = replace(case, outbox=(*case.outbox, self._notice(case, answer, digests, at)))
        bundle = json.read(bodies[answer.generation])
        entries = with_entries(stored.entries, answer_entries(answer, bundle, digest))
        return Answered(to_document(case, entries, stored.payloads), tuple(bodies.values()))

    def _bodies(self, answer: Answer, notify: bool) -> Mapping[Generation, bytes]:
        """The Bundle in the generation of the request; for subscribers in every one."""
        generations: Sequence[Generation] = GENERATIONS if notify else (answer.generation,)
        here = answer.generation
        return {
            each: json.write(render(replace(answer, generation=each, base=base_of(answer.base, here, each))))
            for each in generations
        }

    def _notice(self, case: Case, answer: Answer, digests: Mapping[Generation, str], at: datetime) -> Notice:
        request = case.request
        return Notice(
            id=self.ids.new_id(),
            at=at,
            case=case.id,
            claim_response_id=answer.claim_response_id,
            bundle_id=answer.bundle_id,
            digests=digests,
            addressed=addressed(request.providers, request.senders),
        )


async def kept_submission(store: Store, case: Case) -> Submission:
    """The Claim of a case, read again from what is kept of it."""
    request = case.request
    body = await store.get_payload(request.bundle_digest or request.digest)
    if body is None:
        raise LookupError("a case names a payload that is not kept")
    return read_kept(json.read(body))


def current_answer(
    case: Case,
    submission: Submission,
    at: datetime,
    *,
    purpose: Purpose,
    bundle_id: str,
    generation: Generation,
    base: str | None = None,
) -> Answer:
    """The current answer of a case; `base` is where it is asked for, when that is not where its Claim came to."""
    return Answer(
        submission=submission,
        items=answered_items(submission, case.items, whole=True),
        errors=[BusinessError(**error) for error in case.errors],
        created=at,
        base=base or case.request.base,
        bundle_id=bundle_id,
        claim_response_id=case.answer.claim_response_id,
        generation=generation,
        purpose=purpose,
    )
