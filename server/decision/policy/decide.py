"""Determinations by a policy: met approves, unknown asks, not met goes to a person. There is no fourth way."""

from dataclasses import replace

from server.decision.determination import Approved, Covered, ItemDetermination, Limited, Outcome, Reason, Rule
from server.decision.fact_index import FactIndex
from server.decision.finding import Finding, Missing, State
from server.decision.limit import Against, compare, shown
from server.decision.plan.decide import NEEDS_REVIEW, Asked, referred_for_period
from server.decision.policy.evaluate import evaluate
from server.decision.policy.policy import Policy, QuantityLimit
from server.decision.policy.questions import deciding_leaves, open_leaves, questions, would_change
from server.decision.policy.sources import Context
from server.decision.validity import outlasts, validity

NEEDS_INFORMATION = "0U"
"""Code of X12 list 886 that a request waiting for information carries."""


def by_policy(asked: Asked, facts: FactIndex, policy: Policy) -> ItemDetermination:
    """The determination of the item by the policy's criteria."""
    root = evaluate(policy, Context(asked, facts))
    match root.state:
        case State.MET:
            return _met(asked, policy, root)
        case State.UNKNOWN:
            return _unknown(asked, policy, root)
        case State.NOT_MET:
            return _not_met(asked, policy, root)


def rule_of(policy: Policy) -> Rule:
    """The policy as an answer names it."""
    return Rule("policy", policy.id, policy.version, policy.title, policy.citations)


def _met(asked: Asked, policy: Policy, root: Finding) -> ItemDetermination:
    days = policy.outcomes.valid_days
    if outlasts(asked.item, asked.on, days):
        referred = referred_for_period(asked, rule_of(policy), days)
        owner = policy.outcomes.refers
        return replace(referred, outcome=asked.review(owner), owner=owner, findings=(root,), forms=policy.forms)
    valid = validity(asked.item, asked.on, days)
    criteria = tuple(finding.criterion for finding in deciding_leaves(policy.criteria, root))
    met = Reason(f"{policy.title}: the criteria are met.", None, criteria)
    if policy.limit is None or not policy.limit.enabled:
        return _item(asked, policy, root, Approved(valid), (met,))
    limit = policy.limit
    match compare(asked.item.quantity, limit.allowed, limit.units):
        case Against.OVER:
            outcome = Limited(valid, limit.allowed, f"{policy.id} quantity", limit.approver)
            text = f"The contract covers at most {shown(limit.allowed)} for one request."
            over = replace(
                _item(asked, policy, root, outcome, (Reason(text, limit.reason_code, ("quantity",)), met)),
                would_change=(f"A request of at most {shown(limit.allowed)} is authorized in full.",),
            )
            return replace(over, allowed=limit.allowed)
        case Against.WITHIN:
            return replace(_item(asked, policy, root, Approved(valid), (met,)), allowed=limit.allowed)
        case Against.INCOMPARABLE:
            return _unit_unknown(asked, policy, root, limit)


def _unknown(asked: Asked, policy: Policy, root: Finding) -> ItemDetermination:
    owner = policy.outcomes.asks
    still_open = open_leaves(root)
    reasons = tuple(
        Reason(f"Not known yet: {finding.text}", NEEDS_INFORMATION, (finding.criterion,)) for finding in still_open
    )
    item = _item(asked, policy, root, asked.information(owner), reasons)
    return replace(item, missing=questions(root), would_change=would_change(policy.criteria, root), owner=owner)


def _not_met(asked: Asked, policy: Policy, root: Finding) -> ItemDetermination:
    owner = policy.outcomes.refers
    reasons = tuple(
        Reason(f"Not shown: {finding.text} A person reviews it.", NEEDS_REVIEW, (finding.criterion,))
        for finding in deciding_leaves(policy.criteria, root)
    )
    item = _item(asked, policy, root, asked.review(owner), reasons)
    return replace(item, would_change=would_change(policy.criteria, root), owner=owner)


def _unit_unknown(asked: Asked, policy: Policy, root: Finding, limit: QuantityLimit) -> ItemDetermination:
    owner = policy.outcomes.asks
    unit = limit.allowed.unit or "units"
    reason = Reason("The unit of the quantity can't be compared with the limit.", NEEDS_INFORMATION, ("quantity",))
    item = _item(asked, policy, root, asked.information(owner), (reason,))
    return replace(
        item,
        missing=(Missing("quantity", f"State the quantity in {unit}: the limit is {shown(limit.allowed)}."),),
        would_change=(f"A request of at most {shown(limit.allowed)} is authorized in full.",),
        owner=owner,
        allowed=limit.allowed,
    )


def _item(
    asked: Asked, policy: Policy, root: Finding, outcome: Outcome, reasons: tuple[Reason, ...]
) -> ItemDetermination:
    return ItemDetermination(
        sequence=asked.item.sequence,
        outcome=outcome,
        covered=Covered.COVERED,
        authorization_required=True,
        rule=rule_of(policy),
        reasons=reasons,
        findings=(root,),
        forms=policy.forms,
    )
