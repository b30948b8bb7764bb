"""The exception tree. Checks return issues; only use cases raise, and only from here.

PassageError
  RequestRefused            the caller's fault; carries the issues of one OperationOutcome and the kind of refusal
  StoreError
    StoreUnavailable        the store can't be reached now
    Duplicate               a unique key is taken; carries the key
    VersionConflict         the document was changed by someone else since it was read
    SchemaRefused           the database was made by another version of Passage
  SettingRefused            a setting that names what is not there; the message says what is
  ContentRefused            policies, plans, forms or profiles that do not load; carries findings with file and line
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Refusal(Enum):
    """Why a request is refused; `web/errors.py` has the one table from here to HTTP statuses."""

    MALFORMED = "malformed"  # no JSON we read, or not the shape of the operation
    INVALID = "invalid"  # well-formed, but breaks a rule of FHIR or the guide
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    CONFLICT = "conflict"
    PRECONDITION_FAILED = "precondition-failed"  # what the request needs is neither in it nor to be had
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA = "unsupported-media"
    UNPROCESSABLE = "unprocessable"
    NOT_SUPPORTED = "not-supported"  # a legal request for something that this server does not do (yet)


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue of an OperationOutcome. `diagnostics` says what is wrong, what is allowed and what to do, and never
    quotes a value of the request. `code` is from http://hl7.org/fhir/issue-type, `expression` is a FHIRPath."""

    code: str
    diagnostics: str
    expression: str | None = None
    severity: str = "error"
    rule: str | None = None
    """Our stable id of the rule that was broken, such as `cardinality-min`."""


class PassageError(Exception):
    """The root of all errors that Passage raises on purpose."""


class RequestRefused(PassageError):
    """The request can't be processed and the caller can mend it."""

    def __init__(self, refusal: Refusal, issues: Sequence[Issue]) -> None:
        super().__init__("; ".join(issue.code for issue in issues))
        self.refusal = refusal
        self.issues = tuple(issues)


class StoreError(PassageError):
    """The root of what a store raises."""


class StoreUnavailable(StoreError):
    """The store can't be reached or can't write now; nothing was acknowledged."""


class Duplicate(StoreError):
    """Another document of the kind holds the unique key already; nothing was written."""

    def __init__(self, key: str) -> None:
        super().__init__("a unique key is taken")
        self.key = key


class VersionConflict(StoreError):
    """The document is not at the version that the change was made from; nothing was written."""


class SchemaRefused(StoreError):
    """The database has a schema version that this Passage can't read; the message says what to do."""


class SettingRefused(PassageError):
    """A setting has the right form and names something that this server does not have."""


class ContentRefused(PassageError):
    """Content that must not load: a sentence each with file and line."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)
