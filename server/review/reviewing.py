"""The use cases of review: read, decide (pure), render, one write. A person who was overtaken is told, never merged.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#pended-authorization-responses
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from server.cases.answering import Answered, Answering
from server.cases.case import CASE_KIND, Case, CaseItem
from server.cases.document import from_document, to_document
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.errors import Duplicate, StoreUnavailable, VersionConflict
from server.review.claim import claim, release
from server.review.decide import decide
from server.review.decision import Decision
from server.review.refused import DecisionRefused, Objection
from server.review.requested import claim_lines, extension_of, terms_lines
from server.review.roles import Reviewer
from server.review.terms import Terms
from server.storage.port import Document, Store

_ATTEMPTS = 20
"""So many taken numbers or lost races in a row are no chance but a fault."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """The acts of reviewers with what they need of the outside world."""

    store: Store
    answering: Answering
    clock: Clock
    ids: Ids
    content: CurrentContent

    async def decide(self, id: str, decisions: Mapping[int, Decision], reviewer: Reviewer, version: int | None) -> Case:
        """The case after all decisions; `version` is the one that the reviewer saw. Raises DecisionRefused.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-60
        """
        content, at = self.content(), self.clock()

        async def change(stored: Document, case: Case) -> Answered:
            lines = terms_lines(case, await claim_lines(case, self.store), content)
            terms = Terms(self.ids.number("PA"), self.ids.new_id, lines, extension_of(case, content))
            return await self._answered(stored, case, decide(case, decisions, reviewer, at, terms), at)

        return await self._changed(id, version, change)

    async def claim(self, id: str, reviewer: Reviewer, version: int | None = None) -> Case:
        """The case with the reviewer on it."""
        return await self._act(id, version, lambda case: claim(case, reviewer, self.clock()))

    async def release(self, id: str, reviewer: Reviewer, version: int | None = None) -> Case:
        """The case with nobody on it."""
        return await self._act(id, version, lambda case: release(case, reviewer, self.clock()))

    async def _act(self, id: str, version: int | None, act: Callable[[Case], Case]) -> Case:
        async def change(stored: Document, case: Case) -> Answered | None:
            changed = act(case)
            return None if changed is case else unanswered(stored, changed)

        return await self._changed(id, version, change)

    async def _changed(
        self, id: str, version: int | None, change: Callable[[Document, Case], Awaitable[Answered | None]]
    ) -> Case:
        """Reads, changes and writes; None of a change leaves the case as it is.

        A number that is taken is made anew. A document that was touched without anything happening to the case, as
        when its notices were handed on, is read again: that is no reason to send a person back.
        """
        for _ in range(_ATTEMPTS):
            stored, case = await self._read(id, version)
            version = revision(case)
            answered = await change(stored, case)
            if answered is None:
                return case
            with suppress(Duplicate, VersionConflict):
                await self.store.replace(answered.document, answered.payloads)
                return from_document(answered.document)
        raise StoreUnavailable("the case could not be written in many attempts")

    async def _read(self, id: str, version: int | None) -> tuple[Document, Case]:
        stored = await self.store.get(CASE_KIND, id)
        if stored is None:
            raise DecisionRefused(
                Objection.NOT_FOUND, "There is no case with this id; the work list has those that are."
            )
        case = from_document(stored)
        if version not in (None, revision(case)):
            raise overtaken()
        return stored, case

    async def _answered(self, stored: Document, case: Case, changed: Case, at: datetime) -> Answered:
        """A new answer where the requester would see a difference; a referral inside the house is none."""
        seen = [_seen(item) for item in case.items] == [_seen(item) for item in changed.items]
        return unanswered(stored, changed) if seen else await self.answering(stored, changed, at)


def revision(case: Case) -> int:
    """The version of a case as people see it: it grows with everything that happens to it, and with nothing else."""
    return len(case.events)


def unanswered(stored: Document, changed: Case) -> Answered:
    """The document of a change that leaves the answer as it is."""
    case = replace(changed, version=stored.version + 1)
    return Answered(to_document(case, stored.entries, stored.payloads), ())


def overtaken() -> DecisionRefused:
    """The refusal of an act on a case that was changed in the meantime."""
    return DecisionRefused(
        Objection.CONFLICT,
        "The case was changed since you read it, and nothing was done; read it again and decide anew.",
    )


def _seen(item: CaseItem) -> CaseItem:
    """What of the item is the requester's to see."""
    return replace(item, owner=None)
