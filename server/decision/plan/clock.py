"""When a decision is due, by the clock of the line of business.

A clock runs from the instant of receipt, in UTC, so that no change to or from daylight saving time moves it. Calendar
days are counted as 24 hours each from receipt: day 1 ends a day after receipt, and the due instant is never later than
the end of the last day that the rule allows. It does not roll over a weekend or holiday, and missing information does
not stop it, unless the plan has a rule that lets the clock rest while the requester is asked (`tolled`).
"""

from datetime import UTC, datetime

from server.decision.plan.plan import Plan, Tolling


def due(plan: Plan, line_of_business: str, received: datetime, *, expedited: bool) -> datetime:
    """The instant, in UTC, by which the request must be decided.

    A line of business that the plan does not name takes the plan's shortest clock: never a later due time by mistake.
    """
    named = plan.clocks.get(line_of_business)
    rules = [named] if named else list(plan.clocks.values())
    return received.astimezone(UTC) + min(rule.expedited if expedited else rule.standard for rule in rules)


def tolled(rule: Tolling, due: datetime, asked: datetime, answered: datetime, *, expedited: bool) -> datetime:
    """The due time after the requester was asked at one instant and had sent all at another."""
    longest = rule.expedited if expedited else rule.standard
    waited = answered - asked
    return due if longest is None or waited.total_seconds() <= 0 else due + min(waited, longest)
