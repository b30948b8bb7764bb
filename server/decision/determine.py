"""The one decision: the hook, the form and the claim call this same pure function.

Which rule decides an item:

1. The service date is checked against the plan's days for retrospective requests; what is older goes to a person.
2. The codes of the item are asked in their order, the real service before the billed one. The first code that any rule
   names decides, so that a billed code never overrules the service that it stands for.
3. For that code, in this order: a benefit exclusion that is switched on; "needs no authorization" and contract limits
   (together: no authorization up to the limit); a policy; a referral. A term of the contract is thus never argued with
   clinical evidence, and a referral is what remains where no policy can decide.
4. A service that nothing names is answered as the plan's `unnamed_service` says.

Nothing here denies, lowers or delays on clinical grounds: unknown becomes a question, not met goes to a person.
"""

from datetime import date

from server.decision.days import shifted
from server.decision.determination import Determination, ItemDetermination
from server.decision.fact_index import FactIndex
from server.decision.facts import Facts
from server.decision.plan.decide import Asked, by_contract, excluded, referred, too_late, unnamed
from server.decision.plan.plan import ContractLimit, Exclusion, NoAuthorization, Plan, Referral
from server.decision.policy.decide import by_policy
from server.decision.policy.index import PolicyIndex
from server.decision.request import Code, Request


def determine(request: Request, facts: Facts, policies: PolicyIndex, plan: Plan, on: date) -> Determination:
    """The determination of every item of the request, by the rules in force on the day `on`.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@found-9
    """
    known = FactIndex(facts)
    items = tuple(_determine_item(Asked(request, item, plan, on), known, policies) for item in request.items)
    return Determination(items, request.received, plan.id)


def _determine_item(asked: Asked, facts: FactIndex, policies: PolicyIndex) -> ItemDetermination:
    decided = None
    for code in asked.item.codes:
        decided = _by_code(asked, code, facts, policies)
        if decided:
            break
    if decided is None:
        decided = unnamed(asked)
    return too_late(asked) if _is_too_late(asked) and decided.covered.value != "not-covered" else decided


def _by_code(asked: Asked, code: Code, facts: FactIndex, policies: PolicyIndex) -> ItemDetermination | None:
    line = asked.request.member.line_of_business
    rules = asked.plan.rules_for(code, line, asked.on)
    exclusion = next((rule for rule in rules if isinstance(rule, Exclusion) and rule.enabled), None)
    if exclusion:
        return excluded(asked, exclusion)
    no_authorization = next((rule for rule in rules if isinstance(rule, NoAuthorization)), None)
    limit = next((rule for rule in rules if isinstance(rule, ContractLimit) and rule.enabled), None)
    if no_authorization or limit:
        return by_contract(asked, no_authorization, limit)
    if policy := policies.lookup((code,), line, asked.on, asked.item.place):
        return by_policy(asked, facts, policy)
    referral = next((rule for rule in rules if isinstance(rule, Referral)), None)
    return referred(asked, referral) if referral else None


def _is_too_late(asked: Asked) -> bool:
    days, serviced = asked.plan.retrospective_days, asked.item.serviced
    if days is None or serviced is None:
        return False
    last = serviced.end or serviced.start
    return last is not None and last < shifted(asked.request.received.date(), -days)
