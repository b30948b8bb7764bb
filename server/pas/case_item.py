"""The result of an item as its case keeps it, made from what the rules decided.

From here on nothing knows a determination: answers are rendered from the case, whoever changed it last.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from server.cases.case import Ask, CaseItem
from server.clock import Ids
from server.decision.determination import Approved, ItemDetermination, Limited, NotRequired, Pended
from server.decision.explain import explain
from server.decision.request import RequestedItem
from server.pas.information_request import PAYER_FORM
from server.pas.process_note import note_text
from server.pas.review_action import review_action


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a lineage: one for all that it certifies, one for the request whatever its state."""

    authorization: str | None
    reference: str | None


def case_item(
    determination: ItemDetermination,
    requested: RequestedItem,
    *,
    numbers: Numbers,
    ids: Ids,
    at: datetime,
    before: CaseItem | None = None,
) -> CaseItem:
    """The result. `before` is that of the same item until now: what is still asked keeps its control number."""
    action, outcome = review_action(determination), determination.outcome
    item = CaseItem(
        sequence=determination.sequence,
        codes=requested.codes,
        review_action=action.code,
        explanation=explain(determination),
        reference_number=numbers.reference,
        reasons=action.reasons,
        note=note_text(determination),
        requested=requested.quantity,
        allowed=determination.allowed,
    )
    if isinstance(outcome, Pended):
        asks = _asks(determination, ids, at, before)
        return replace(item, due=outcome.due, owner=outcome.owner, waits_for=outcome.waits_for, asks=asks)
    item = replace(item, decided=at, asks=before.asks if before else ())
    if isinstance(outcome, Approved | NotRequired | Limited):
        item = replace(item, authorization_number=numbers.authorization, valid=outcome.valid, issued=at.date())
    return replace(item, allowed=outcome.allowed) if isinstance(outcome, Limited) else item


def is_certified(determination: ItemDetermination) -> bool:
    """Whether the item gets an authorization."""
    return isinstance(determination.outcome, Approved | NotRequired | Limited)


def _asks(determination: ItemDetermination, ids: Ids, at: datetime, before: CaseItem | None) -> tuple[Ask, ...]:
    """What is asked now, and what was asked and answered: nothing answered is asked again under a new number."""
    known = {ask.code: ask for ask in before.asks} if before else {}
    documents = [missing.attachment for missing in determination.missing if missing.attachment]
    codes = list(dict.fromkeys([*([PAYER_FORM] if determination.forms else []), *documents]))
    asked = [known.pop(code) if code in known else Ask(ids.new_id(), code, at) for code in codes]
    return (*asked, *(ask for ask in known.values() if ask.answered))
