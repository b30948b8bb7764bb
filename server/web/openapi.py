"""OpenAPI for routes that no framework model describes: made from the features' declarations."""

from collections.abc import Mapping, Sequence

from fastapi import FastAPI

from server.web.declare import FhirFeature


def describe(app: FastAPI, features: Mapping[str, Sequence[FhirFeature]]) -> None:
    """Adds /openapi.json and /docs."""
