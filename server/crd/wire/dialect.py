"""How one version of CRD says what another says differently: the seams between its wire forms, named.

Spec page: https://hl7.org/fhir/us/davinci-crd/change_history.html
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from server.crd.assertion import CoverageAssertion


@dataclass(frozen=True, slots=True)
class Dialect:
    """One minor version of CRD, as it is spoken on the wire."""

    version: str
    restate: Callable[[CoverageAssertion], CoverageAssertion]
    """Puts an assertion into the codes that the version has; after it every invariant of the version holds."""
    reason_codes: frozenset[str]
    """Codes that the version's list of reasons has; a reason with another code is written as text alone."""
    detail_system: str
    detail_codes: frozenset[str]
    """Details of the version; others are left out, as their statement is in the reasons too."""
    detail_category: bool
    contact: Literal["ContactDetail", "ContactPoint"]
    expiry_date: bool
    topic_system: str
    associated_reference: bool
    """Whether a card's associated-resource is a Reference; before 2.1 it is a bare string."""
    empty_system_actions: bool
    """Whether systemActions is there when it is empty; from CDS Hooks 3.0 on it must not be."""
    strict: bool
    """Whether the request has to name one Coverage of a payer that is ours."""
