"""The versions of CRD that are spoken, and which one a request gets.

Spec page: https://hl7.org/fhir/us/davinci-crd/deviations.html
"""

from server.crd.wire.crd_2_0 import CRD_2_0
from server.crd.wire.crd_2_1 import CRD_2_1
from server.crd.wire.crd_2_2 import CRD_2_2
from server.crd.wire.dialect import Dialect

DIALECTS = (CRD_2_0, CRD_2_1, CRD_2_2)
"""In ascending order; discovery declares all of them."""


def dialect(version: str | None) -> Dialect | None:
    """The dialect of a requested version. A client that requests none is older than the request for one: it gets 2.0.

    Spec: hl7.fhir.us.davinci-crd_2.2.1@dev-2
    """
    if version is None:
        return CRD_2_0
    return next((known for known in DIALECTS if known.version == version), None)
