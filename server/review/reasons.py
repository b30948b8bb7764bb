"""The reason codes of a decision (X12 list 886), sorted by what they claim. Codes only: the list's texts are licensed.

A clinical reason is never enough by its code: it names the criteria that it rests on. A code that is in none of the
groups counts as clinical, so that the stricter rule holds for what we do not know.
Spec page: https://hl7.org/fhir/us/davinci-pas/StructureDefinition-extension-reviewAction.html
"""

import re

NEEDS_INFORMATION = "0U"
NEEDS_REVIEW = "0V"
NOT_RECEIVED = "0P"
"""The requested information did not come: only after it was asked for and the time to answer has ended."""

PENDING = frozenset({NEEDS_INFORMATION, NEEDS_REVIEW, "0W", "0B"})
"""Codes that say that a decision is still to come; none of them is a reason for one."""

ADMINISTRATIVE = frozenset(
    {"07", "09", "0C", "0D", "0E", "0H", "0L", "0M", "0N", NOT_RECEIVED, "0Q", "12", "13", "14", "25"}
)
"""Codes of the contract or of the process: no clinical criterion is in them."""

_SHAPE = re.compile(r"[0-9A-Z]{2,3}")


def is_reason(code: str) -> bool:
    """Whether the text has the shape of a code of the list."""
    return _SHAPE.fullmatch(code) is not None


def is_clinical(code: str) -> bool:
    """Whether the code says something about the patient's need."""
    return code not in ADMINISTRATIVE and code not in PENDING
