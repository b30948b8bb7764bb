"""Determinations by the rules of the plan itself: terms of the contract, referrals, and the default.

None of them looks at a clinical fact, and none can express a clinical denial.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from server.decision.determination import (
    Approved,
    Covered,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Pended,
    Reason,
    Rule,
)
from server.decision.finding import Missing
from server.decision.limit import Against, compare, shown
from server.decision.plan.clock import due
from server.decision.plan.plan import ContractLimit, Exclusion, NoAuthorization, Plan, Referral, ServiceRule
from server.decision.request import Request, RequestedItem
from server.decision.validity import outlasts, validity

NEEDS_REVIEW = "0V"
"""Code of X12 list 886 that a request waiting for the review of a person carries."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One item with all that its determination depends on, apart from facts and policies."""

    request: Request
    item: RequestedItem
    plan: Plan
    on: date

    def review(self, owner: str) -> Pended:
        """The outcome that a person decides, in time."""
        return Pended("review", owner, self._due())

    def information(self, owner: str) -> Pended:
        """The outcome that waits for information, in time."""
        return Pended("information", owner, self._due())

    def _due(self) -> datetime:
        request = self.request
        return due(self.plan, request.member.line_of_business, request.received, expedited=request.expedited)


def rule_of(plan: Plan, rule: ServiceRule) -> Rule:
    """The rule as an answer names it."""
    return Rule("plan", rule.id, plan.version, rule.title, (rule.citation,))


def excluded(asked: Asked, exclusion: Exclusion) -> ItemDetermination:
    """Not a benefit of the contract."""
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=Excluded(exclusion.id, exclusion.approver),
        covered=Covered.NOT_COVERED,
        authorization_required=False,
        rule=rule_of(asked.plan, exclusion),
        reasons=(Reason(f"{exclusion.title}: not a benefit of the contract.", exclusion.reason_code, (exclusion.id,)),),
        would_change=(
            "No clinical evidence changes this: it is a term of the contract. "
            "A service under another code, or another coverage, would be decided by its own rules.",
        ),
    )


def by_contract(
    asked: Asked, no_authorization: NoAuthorization | None, limit: ContractLimit | None
) -> ItemDetermination:
    """Needs no authorization, or is authorized without review up to a limit; at least one of the rules is given."""
    rule: NoAuthorization | ContractLimit | None = no_authorization or limit
    assert rule is not None, "by_contract is called with a rule"
    valid = validity(asked.item, asked.on, rule.valid_days)
    if limit is None:
        return _within(asked, rule, NotRequired(valid), ())
    match compare(asked.item.quantity, limit.allowed, limit.units):
        case Against.OVER:
            return _over(asked, limit, Limited(valid, limit.allowed, limit.id, limit.approver))
        case Against.INCOMPARABLE:
            return _unit_unknown(asked, limit)
        case Against.WITHIN:
            text = f"Covers at most {shown(limit.allowed)} for one request ({limit.title})."
            if no_authorization is None and outlasts(asked.item, asked.on, limit.valid_days):
                return referred_for_period(asked, rule_of(asked.plan, limit), limit.valid_days)
            outcome = NotRequired(valid) if no_authorization else Approved(valid)
            within = _within(asked, rule, outcome, (Reason(text, None, (limit.id,)),))
            return replace(within, allowed=limit.allowed)


def _within(
    asked: Asked, rule: ServiceRule, outcome: NotRequired | Approved, further: tuple[Reason, ...]
) -> ItemDetermination:
    text = f"{rule.title}: no authorization is needed." if isinstance(outcome, NotRequired) else f"{rule.title}."
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=outcome,
        covered=Covered.COVERED,
        authorization_required=isinstance(outcome, Approved),
        rule=rule_of(asked.plan, rule),
        reasons=(Reason(text, None, (rule.id,)), *further),
    )


def _over(asked: Asked, limit: ContractLimit, outcome: Limited) -> ItemDetermination:
    most = shown(limit.allowed)
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=outcome,
        covered=Covered.COVERED,
        authorization_required=True,
        rule=rule_of(asked.plan, limit),
        reasons=(
            Reason(
                f"{limit.title}: the contract covers at most {most} for one request.", limit.reason_code, (limit.id,)
            ),
        ),
        would_change=(f"A request of at most {most} is authorized in full.",),
        allowed=limit.allowed,
    )


def _unit_unknown(asked: Asked, limit: ContractLimit) -> ItemDetermination:
    unit = limit.allowed.unit or limit.allowed.code or "units"
    ask = f"State the quantity in {unit}: the contract's limit is {shown(limit.allowed)}."
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=asked.information(asked.plan.unnamed_owner),
        covered=Covered.COVERED,
        authorization_required=True,
        rule=rule_of(asked.plan, limit),
        reasons=(
            Reason("The quantity has a unit that the contract's limit can't be compared with.", "0U", (limit.id,)),
        ),
        missing=(Missing(limit.id, ask),),
        would_change=(f"A quantity of at most {shown(limit.allowed)} is authorized in full.",),
        owner=asked.plan.unnamed_owner,
        allowed=limit.allowed,
    )


def referred(asked: Asked, referral: Referral) -> ItemDetermination:
    """A person decides, as the plan's referral rule says."""
    missing = (
        (Missing(referral.id, "Send the document that the reviewer needs.", attachment=referral.attachment),)
        if referral.attachment
        else ()
    )
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=asked.review(referral.owner),
        covered=Covered.COVERED,
        authorization_required=True,
        rule=rule_of(asked.plan, referral),
        reasons=(Reason(f"{referral.title}: a person reviews the request.", NEEDS_REVIEW, (referral.id,)),),
        missing=missing,
        would_change=("The review of a person decides; the plan has no automatic answer for this service.",),
        owner=referral.owner,
    )


def referred_for_period(asked: Asked, rule: Rule, valid_days: int) -> ItemDetermination:
    """A person decides, as more days are asked for than the rule may authorize without review."""
    text = f"More than {valid_days} days are requested, which is the most that {rule.title} authorizes without review."
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=asked.review(asked.plan.unnamed_owner),
        covered=Covered.COVERED,
        authorization_required=True,
        rule=rule,
        reasons=(Reason(text, NEEDS_REVIEW, (rule.id,)),),
        would_change=(f"A request for at most {valid_days} days needs no review of its length.",),
        owner=asked.plan.unnamed_owner,
    )


def too_late(asked: Asked) -> ItemDetermination:
    """A person decides, as the service was given before the days that the plan takes retrospective requests for."""
    plan = asked.plan
    text = f"The service was given more than {plan.retrospective_days} days before the request: a person reviews it."
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=asked.review(plan.unnamed_owner),
        covered=Covered.CONDITIONAL,
        authorization_required=True,
        rule=Rule("plan", "retrospective", plan.version, "Retrospective requests"),
        reasons=(Reason(text, NEEDS_REVIEW, ("retrospective",)),),
        would_change=("The review of a person decides about services of the past.",),
        owner=plan.unnamed_owner,
    )


def unnamed(asked: Asked) -> ItemDetermination:
    """The plan's default for a service that no rule and no policy names."""
    plan = asked.plan
    rule = Rule("plan", "unnamed-service", plan.version, "Services that no rule names")
    if plan.unnamed_service == "not-required":
        valid = validity(asked.item, asked.on, plan.unnamed_valid_days)
        return ItemDetermination(
            sequence=asked.item.sequence,
            outcome=NotRequired(valid),
            covered=Covered.COVERED,
            authorization_required=False,
            rule=rule,
            reasons=(Reason("No rule of the plan asks for an authorization of this service.", None, (rule.id,)),),
        )
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=asked.review(plan.unnamed_owner),
        covered=Covered.CONDITIONAL,
        authorization_required=True,
        rule=rule,
        reasons=(
            Reason("No rule or policy names this service: a person reviews the request.", NEEDS_REVIEW, (rule.id,)),
        ),
        would_change=("The review of a person decides; a service code that a rule names is decided by that rule.",),
        owner=plan.unnamed_owner,
    )
