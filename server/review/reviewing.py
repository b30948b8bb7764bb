"""The use cases of review: read, decide (pure), render, one write. A person who was overtaken is told, never merged.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#pended-authorization-responses
"""

from collections.abc import Callable, Mapping
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
"""Numbers that are taken are made anew; so many in a row are no chance but a fault."""


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
        stored, case = await self._read(id, version)
        content, at = self.content(), self.clock()
        lines = terms_lines(case, await claim_lines(case, self.store), content)
        for _ in range(_ATTEMPTS):
            terms = Terms(self.ids.number("PA"), self.ids.new_id, lines, extension_of(case, content))
            changed = decide(case, decisions, reviewer, at, terms)
            try:
                return await self._write(await self._answered(stored, case, changed, at))
            except Duplicate:
                continue
        raise StoreUnavailable("no free number was found for the authorization")

    async def claim(self, id: str, reviewer: Reviewer, version: int | None = None) -> Case:
        """The case with the reviewer on it."""
        return await self._act(id, version, lambda case: claim(case, reviewer, self.clock()))

    async def release(self, id: str, reviewer: Reviewer, version: int | None = None) -> Case:
        """The case with nobody on it."""
        return await self._act(id, version, lambda case: release(case, reviewer, self.clock()))

    async def _act(self, id: str, version: int | None, act: Callable[[Case], Case]) -> Case:
        stored, case = await self._read(id, version)
        changed = act(case)
        return case if changed is case else await self._write(unanswered(stored, changed))

    async def _read(self, id: str, version: int | None) -> tuple[Document, Case]:
        stored = await self.store.get(CASE_KIND, id)
        if stored is None:
            raise DecisionRefused(
                Objection.NOT_FOUND, "There is no case with this id; the work list has those that are."
            )
        if version is not None and version != stored.version:
            raise overtaken()
        return stored, from_document(stored)

    async def _answered(self, stored: Document, case: Case, changed: Case, at: datetime) -> Answered:
        """A new answer where the requester would see a difference; a referral inside the house is none."""
        seen = [_seen(item) for item in case.items] == [_seen(item) for item in changed.items]
        return unanswered(stored, changed) if seen else await self.answering(stored, changed, at)

    async def _write(self, answered: Answered) -> Case:
        try:
            await self.store.replace(answered.document, answered.payloads)
        except VersionConflict:
            raise overtaken() from None
        return from_document(answered.document)


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
