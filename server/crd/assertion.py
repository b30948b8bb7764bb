"""What we assert about the coverage of one order, in the words of the guide but of none of its versions.

The wire forms of CRD 2.0, 2.1 and 2.2 differ; each is made from this by its dialect in `wire/`.
Spec page: https://hl7.org/fhir/us/davinci-crd/StructureDefinition-ext-coverage-information.html
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from server.decision.request import Code, Quantity
from server.fhir.dates import DatePeriod

Covered = Literal["covered", "not-covered", "conditional", "indeterminate"]
PaNeeded = Literal["no-auth", "auth-needed", "performpa", "satisfied", "conditional", "indeterminate"]
DocNeeded = Literal["clinical", "admin", "patient", "both", "conditional", "indeterminate"]
DocPurpose = Literal["withclaim", "withorder", "retain-doc"]
InfoNeeded = Literal["performer", "location", "timeframe", "contract-window", "detail-code", "OTH"]
DetailCategory = Literal["cat-limitation", "cat-decisional", "cat-other"]


@dataclass(frozen=True, slots=True)
class AssertionReason:
    """Why, in plain words; `code` is from the guide's own list, which differs by version."""

    text: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """A qualifier of the assertion: a limit, or a link to the policy."""

    category: DetailCategory
    code: Literal["allowed-quantity", "allowed-period", "policy-link"]
    value: Quantity | DatePeriod | str
    qualification: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to call about the assertion."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class CoverageAssertion:
    """One repetition of coverage-information. Its id and its date are given when it is written."""

    coverage: str
    """Reference of the Coverage on the client's system."""
    covered: Covered
    pa_needed: PaNeeded | None
    reasons: tuple[AssertionReason, ...]
    """Never empty: there is always something to say why."""
    doc_needed: tuple[DocNeeded, ...] = ()
    doc_purpose: tuple[DocPurpose, ...] = ()
    info_needed: tuple[InfoNeeded, ...] = ()
    billing_codes: tuple[Code, ...] = ()
    details: tuple[Detail, ...] = ()
    questionnaires: tuple[str, ...] = ()
    """Canonicals, url|version."""
    pa_id: str | None = None
    contact: Contact | None = None
    expires: date | None = None
