"""The explanation of a determination as plain JSON: stored with the case, shown by every window.

Decimals and dates are text in it, so that any store and any reader keeps them exactly.
"""

from server.decision.determination import (
    Approved,
    Excluded,
    ItemDetermination,
    Limited,
    NotRequired,
    Outcome,
    Pended,
    Reason,
    Rule,
)
from server.decision.finding import Citation, Evidence, Finding, Missing
from server.decision.request import Quantity
from server.fhir.dates import DatePeriod
from server.fhir.json import Json


def explain(item: ItemDetermination) -> Json:
    """The explanation of one item: rule, outcome, criteria with evidence, what is missing, what would change it."""
    return {
        "rule": _rule(item.rule),
        "outcome": _outcome(item.outcome),
        "covered": item.covered.value,
        "authorization_required": item.authorization_required,
        "reasons": [_reason(reason) for reason in item.reasons],
        "criteria": [_criterion(finding) for finding in item.findings],
        "missing": [_missing(missing) for missing in item.missing],
        "would_change": list(item.would_change),
        "forms": list(item.forms),
        "owner": item.owner,
        "allowed": None if item.allowed is None else _quantity(item.allowed),
    }


def _rule(rule: Rule) -> Json:
    return {
        "kind": rule.kind,
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "citations": [_citation(citation) for citation in rule.citations],
    }


def _outcome(outcome: Outcome) -> Json:
    match outcome:
        case NotRequired(valid):
            return {"kind": "not-required", "valid": _period(valid)}
        case Approved(valid):
            return {"kind": "approved", "valid": _period(valid)}
        case Limited(valid, allowed, limit, approver):
            written = {"kind": "limited", "valid": _period(valid), "allowed": _quantity(allowed)}
            return {**written, "limit": limit, "approver": approver}
        case Excluded(exclusion, approver):
            return {"kind": "excluded", "exclusion": exclusion, "approver": approver}
        case Pended(waits_for, owner, due):
            return {"kind": "pended", "waits_for": waits_for, "owner": owner, "due": due.isoformat()}


def _period(period: DatePeriod) -> Json:
    return {
        "start": period.start.isoformat() if period.start else None,
        "end": period.end.isoformat() if period.end else None,
    }


def _quantity(quantity: Quantity) -> Json:
    return {
        "value": f"{quantity.value:f}",
        "unit": quantity.unit,
        "system": quantity.system,
        "code": quantity.code,
    }


def _reason(reason: Reason) -> Json:
    return {"text": reason.text, "code": reason.code, "criteria": list(reason.criteria)}


def _criterion(finding: Finding) -> Json:
    return {
        "id": finding.criterion,
        "text": finding.text,
        "state": finding.state.value,
        "conflict": finding.conflict,
        "evidence": [_evidence(evidence) for evidence in finding.evidence],
        "missing": [_missing(missing) for missing in finding.missing],
        "citation": None if finding.citation is None else _citation(finding.citation),
        "children": [_criterion(child) for child in finding.children],
    }


def _evidence(evidence: Evidence) -> Json:
    return {
        "resource": evidence.resource,
        "element": evidence.element,
        "shown": evidence.shown,
        "date": evidence.date,
    }


def _missing(missing: Missing) -> Json:
    return {
        "criterion": missing.criterion,
        "ask": missing.ask,
        "questionnaire": missing.questionnaire,
        "link_id": missing.link_id,
        "attachment": missing.attachment,
    }


def _citation(citation: Citation) -> Json:
    return {"document": citation.document, "page": citation.page, "date": citation.date, "url": citation.url}
