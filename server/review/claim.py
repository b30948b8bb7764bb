"""Claiming and releasing: who works on a case, so that two people don't decide it at once. Pure."""

from dataclasses import replace
from datetime import datetime

from server.cases.case import Case
from server.review.decide import check_open
from server.review.event import act
from server.review.refused import DecisionRefused, Objection
from server.review.roles import Power, Reviewer, who_may


def claim(case: Case, reviewer: Reviewer, at: datetime) -> Case:
    """The case with its reviewer; the same case when they have it already."""
    if not reviewer.may(Power.CLAIM):
        raise DecisionRefused(
            Objection.NOT_ALLOWED,
            f"Your role may not {Power.CLAIM.value}; these may: {who_may(Power.CLAIM)}.",
        )
    check_open(case, reviewer)
    if case.claimed_by == reviewer.id:
        return case
    return replace(case, claimed_by=reviewer.id, updated=at, events=(*case.events, act(case, "claimed", reviewer, at)))


def release(case: Case, reviewer: Reviewer, at: datetime) -> Case:
    """The case without a reviewer. A medical director may release what another person claimed."""
    if case.claimed_by is None:
        raise DecisionRefused(Objection.CONFLICT, "Nobody works on this case: there is nothing to release.")
    if reviewer.id != case.claimed_by and reviewer.role != "medical-director":
        raise DecisionRefused(Objection.NOT_ALLOWED, "Only who claimed the case, or a medical director, releases it.")
    return replace(case, claimed_by=None, updated=at, events=(*case.events, act(case, "released", reviewer, at)))
