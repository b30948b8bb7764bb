"""Determinations by a policy."""

from server.decision.determination import ItemDetermination
from server.decision.facts import Facts
from server.decision.plan.decide import Asked, unnamed
from server.decision.policy.policy import Policy


def by_policy(asked: Asked, facts: Facts, policy: Policy) -> ItemDetermination:
    """The determination of the item by the policy's criteria."""
    return unnamed(asked)
