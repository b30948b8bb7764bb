"""Says a determination in the words of coverage-information.

Spec page: https://hl7.org/fhir/us/davinci-crd/cards.html#coverage-information
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from server.crd.assertion import AssertionReason, Contact, CoverageAssertion, Detail, PaNeeded
from server.decision.determination import Covered, Excluded, ItemDetermination, NotRequired, Pended
from server.decision.facts import Authorized
from server.decision.plan.plan import Plan
from server.decision.request import Code, RequestedItem
from server.fhir import codes

TECHNICAL = AssertionReason(
    "The payer could not find out because of a technical problem on its side. Send the order again in some minutes.",
    "technical",
)
_NO_CODE = AssertionReason(
    "The order has no code of a service that the payer knows. A code of the service is needed to answer.",
)
_FILE_NOT_READ = AssertionReason(
    "The payer could not read the authorizations on file because of a technical problem, so one may exist already.",
    "technical",
)
_BILLING_SYSTEMS = frozenset({codes.CPT, codes.HCPCS, codes.RXNORM})


def technical(coverage: str) -> CoverageAssertion:
    """What is said when we failed: nothing is known, and it is our fault.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-43
    """
    return CoverageAssertion(coverage, covered="indeterminate", pa_needed="indeterminate", reasons=(TECHNICAL,))


def not_covered(coverage: str, reasons: tuple[AssertionReason, ...]) -> CoverageAssertion:
    """What is said when there is no coverage of ours that the order could fall under."""
    return CoverageAssertion(coverage, covered="not-covered", pa_needed=None, reasons=reasons)


def from_determination(
    determined: ItemDetermination,
    item: RequestedItem,
    plan: Plan,
    coverage: str,
    on_file: Iterable[Authorized] | None,
    day: date,
) -> CoverageAssertion:
    """The assertion about one order. `on_file` is None when the authorizations on file could not be read.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-30
    """
    needs, forms = _documentation(determined)
    needs_authorization: PaNeeded = "auth-needed" if determined.authorization_required else "no-auth"
    said = CoverageAssertion(
        coverage=coverage,
        covered=determined.covered.value,
        pa_needed=needs_authorization,
        reasons=tuple(AssertionReason(reason.text) for reason in determined.reasons)
        or (AssertionReason(f"Decided by: {determined.rule.title}."),),
        doc_needed=("clinical",) if needs else (),
        doc_purpose=("withclaim",) if needs and not determined.authorization_required else (),
        billing_codes=tuple(Code(code.system, code.code) for code in item.codes if code.system in _BILLING_SYSTEMS),
        details=_details(determined),
        questionnaires=forms,
        contact=Contact(plan.payer_name, plan.contact_phone),
    )
    if isinstance(determined.outcome, Excluded) or determined.covered is Covered.NOT_COVERED:
        return replace(said, covered="not-covered", pa_needed=None, doc_needed=(), doc_purpose=(), questionnaires=())
    if not item.codes and isinstance(determined.outcome, Pended):
        return _finer_code(said)
    if not determined.authorization_required:
        return said
    return _with_file(said, item, on_file, day)


def _documentation(determined: ItemDetermination) -> tuple[bool, tuple[str, ...]]:
    """Whether documentation is needed, and by which forms: only what a form can still answer is worth asking for.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@resp-38
    """
    if isinstance(determined.outcome, NotRequired | Excluded) or not determined.missing:
        return False, ()
    asked = {missing.questionnaire for missing in determined.missing if missing.questionnaire}
    forms = tuple(form for form in determined.forms if not asked or form in asked or form.split("|")[0] in asked)
    forms = forms or determined.forms
    return bool(forms), forms


def _details(determined: ItemDetermination) -> tuple[Detail, ...]:
    limit = determined.allowed
    limits = (Detail("cat-limitation", "allowed-quantity", limit, "For one request"),) if limit else ()
    links = dict.fromkeys(citation.url for citation in determined.rule.citations if citation.url)
    return (*limits, *(Detail("cat-other", "policy-link", link) for link in links))


def _finer_code(said: CoverageAssertion) -> CoverageAssertion:
    return replace(
        said,
        covered="conditional",
        pa_needed="conditional",
        info_needed=("detail-code",),
        reasons=(_NO_CODE,),
        doc_needed=(),
        questionnaires=(),
    )


def _with_file(
    said: CoverageAssertion, item: RequestedItem, on_file: Iterable[Authorized] | None, day: date
) -> CoverageAssertion:
    """What an authorization on file changes: the need for one is satisfied, for the days that it is valid."""
    if on_file is None:
        return replace(said, pa_needed="indeterminate", reasons=(_FILE_NOT_READ, *said.reasons))
    ordered = frozenset(item.codes)
    granted = next((held for held in on_file if held.valid.contains(day) and ordered & set(held.codes)), None)
    if granted is None:
        return said
    told = AssertionReason("An authorization for this service is on file; its own limits hold.")
    return replace(
        said,
        covered="covered",
        pa_needed="satisfied",
        pa_id=granted.number,
        reasons=(told,),
        doc_needed=(),
        doc_purpose=(),
        questionnaires=(),
        details=(*_period(granted), *said.details),
        expires=granted.valid.end,
    )


def _period(granted: Authorized) -> tuple[Detail, ...]:
    dated = granted.valid.start or granted.valid.end
    return (Detail("cat-limitation", "allowed-period", granted.valid),) if dated else ()
