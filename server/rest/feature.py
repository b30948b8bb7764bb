"""What this feature serves."""

from server.web.declare import FhirFeature


def feature() -> FhirFeature:
    """The declarations."""
    return FhirFeature()
