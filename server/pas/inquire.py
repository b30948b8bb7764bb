"""Claim/$inquire: which authorizations a member has, as they are now, to whoever may see them. Nothing is kept.

Read by the member's index key, newest first, and by a number where one is named: the cost is that of the member's own
cases, however many others there are.
Spec page: https://hl7.org/fhir/us/davinci-pas/OperationDefinition-Claim-inquiry.html
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from server.cases.case import CASE_KIND, Case, Generation
from server.cases.document import from_document, number_key, of_member_key
from server.clock import Clock, Ids
from server.content.content import Content, CurrentContent
from server.fhir import json
from server.members.port import Members
from server.pas.answering import kept_submission
from server.pas.business_error import unknown_number
from server.pas.decide import find_member
from server.pas.inquiry_answer import Result, inquiry_answer
from server.pas.inquiry_match import Kept, judge
from server.pas.inquiry_request import Inquiry, read_inquiry
from server.storage.port import Document, Store
from server.web.declare import FhirAnswer, FhirRequest

_MOST = 20
"""Cases in one answer, the newest. More is told, and the inquiry can be narrowed."""

_PAGES = 10
"""Pages of `_MOST` of the member's cases that are looked through at most."""


@dataclass(frozen=True, slots=True)
class Inquire:
    """The operation with what it needs of the outside world."""

    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids
    generation: Generation = "2.2"

    async def __call__(self, request: FhirRequest) -> FhirAnswer:
        """The answer; raises RequestRefused for what can't be read.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-48
        """
        inquiry = read_inquiry(request.resource)
        result = await self._result(inquiry)
        written = inquiry_answer(
            result, inquiry, generation=self.generation, base=request.base, at=self.clock(), ids=self.ids
        )
        return FhirAnswer(json.write(written))

    async def _result(self, inquiry: Inquiry) -> Result:
        membership, errors = await find_member(inquiry.submission, self.members)
        if errors:
            return Result(errors=errors)
        found = await self._found(inquiry, membership.enrolments[0].member_id)
        if inquiry.numbers and not found.kept:
            return Result(errors=(unknown_number(),))
        return found

    async def _found(self, inquiry: Inquiry, member: str) -> Result:
        """What the inquiry finds among the member's cases: a number leads to its lineage, which is one case.

        Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-47
        """
        content = self.content()
        search = _Search(inquiry)
        async for documents in self._pages(search, member):
            for kept in await asyncio.gather(*(self._kept(from_document(each), content) for each in documents)):
                search.add(kept, content)
            if len(search.kept) > _MOST:
                break
        return search.result()

    async def _pages(self, search: "_Search", member: str) -> AsyncIterator[Sequence[Document]]:
        inquiry, of_member = search.inquiry, of_member_key(member)
        if inquiry.numbers:
            yield await self._numbered(inquiry, of_member)
            return
        after = None
        for _ in range(_PAGES):
            page = await self.store.find(CASE_KIND, [of_member], limit=_MOST + 1, after=after, newest_first=True)
            yield page.documents
            after = page.after
            if after is None:
                return
        search.is_cut = True

    async def _numbered(self, inquiry: Inquiry, of_member: str) -> Sequence[Document]:
        """The member's cases that hold any of the numbers, the newest first."""
        keys = [[of_member, number_key(number)] for number in inquiry.numbers]
        pages = await asyncio.gather(
            *(self.store.find(CASE_KIND, each, limit=_MOST + 1, newest_first=True) for each in keys)
        )
        documents = {document.id: document for page in pages for document in page.documents}
        return sorted(documents.values(), key=lambda document: (document.order, document.id), reverse=True)

    async def _kept(self, case: Case, content: Content) -> Kept:
        plan = content.plans.get(case.plan or "")
        return Kept(case, await kept_submission(self.store, case), plan.sensitive if plan else frozenset())


@dataclass
class _Search:
    """What was found so far."""

    inquiry: Inquiry
    kept: list[Kept] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    is_cut: bool = False
    """Whether the member has more cases than were looked at."""

    def add(self, kept: Kept, content: Content) -> None:
        """Takes a case of the member, if the inquiry means it and its sender may see it."""
        match judge(self.inquiry, kept):
            case "returned":
                self.kept.append(kept)
            case "suppressed":
                plan = content.plans.get(kept.case.plan or "")
                self.phones += [plan.contact_phone] if plan else []
            case "hidden" | "other":
                pass

    def result(self) -> Result:
        """The newest of what was found."""
        has_more = self.is_cut or len(self.kept) > _MOST
        return Result(tuple(self.kept[:_MOST]), has_more, tuple(dict.fromkeys(self.phones)))
