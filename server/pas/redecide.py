"""Decides items of a kept Claim again, with what came after it: as if it had come with the Claim.

Each item is decided on the Claim's resources and on what is about that item, so that the answers of a form for one line
say nothing of another.
Spec page: https://hl7.org/fhir/us/davinci-pas/additionalinfo.html
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.cases.case import Case, CaseItem
from server.cases.redeciding import Evidence
from server.clock import Clock, Ids
from server.content.content import CurrentContent
from server.members.port import Members
from server.pas.answering import kept_submission
from server.pas.case_item import Numbers, case_item
from server.pas.decide import Decided, decide
from server.pas.submission import Submission
from server.storage.port import Store


@dataclass(frozen=True, slots=True)
class PasRedeciding:
    """Decides again, as `server.cases.redeciding.Redeciding` says."""

    store: Store
    members: Members
    content: CurrentContent
    clock: Clock
    ids: Ids

    async def __call__(
        self, case: Case, evidence: Sequence[Evidence], sequences: frozenset[int]
    ) -> Mapping[int, CaseItem]:
        """The items as the rules decide them now, by the rules that were in force when the Claim came."""
        submission = await kept_submission(self.store, case)
        alike: dict[tuple[int, ...], list[int]] = {}
        for sequence in sorted(sequences):
            about = (number for number, each in enumerate(evidence) if sequence in (each.sequences or sequences))
            alike.setdefault(tuple(about), []).append(sequence)
        fresh: dict[int, CaseItem] = {}
        for about_them, together in alike.items():
            merged = with_evidence(submission, [evidence[number] for number in about_them])
            decided = await decide(
                merged,
                store=self.store,
                members=self.members,
                content=self.content(),
                received=case.request.received or case.received,
            )
            fresh |= self._items(case, decided, together)
        return fresh

    def _items(self, case: Case, decided: Decided, sequences: Iterable[int]) -> Mapping[int, CaseItem]:
        if decided.determination is None:
            return {}
        before = {item.sequence: item for item in case.items if item.sequence in set(sequences)}
        at = self.clock()
        return {
            each.sequence: case_item(
                each,
                requested,
                numbers=Numbers(None, before[each.sequence].reference_number),
                ids=self.ids,
                at=at,
                before=before[each.sequence],
            )
            for each, requested in zip(decided.determination.items, decided.items, strict=True)
            if each.sequence in before
        }


def with_evidence(submission: Submission, evidence: Iterable[Evidence]) -> Submission:
    """The submission with the resources that came later; one of the same name as an earlier one replaces it."""
    resources, places = dict(submission.resources), dict(submission.places)
    for each in evidence:
        resources.update(each.resources)
        places.update(each.places)
    return replace(submission, resources=resources, places=places)
