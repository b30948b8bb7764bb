"""The one decision: the hook, the form and the claim call this same pure function."""

from datetime import date

from server.decision.determination import Determination
from server.decision.facts import Facts
from server.decision.plan.plan import Plan
from server.decision.policy.index import PolicyIndex
from server.decision.request import Request


def determine(request: Request, facts: Facts, policies: PolicyIndex, plan: Plan, on: date) -> Determination:
    """The determination of every item of the request, by the rules in force on the day `on`."""
    return Determination((), request.received, plan.id)
