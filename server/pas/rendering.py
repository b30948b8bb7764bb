"""The wire form of an answer: one renderer for each generation of the guide, one decision underneath.

Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-response
"""

from collections.abc import Callable, Mapping

import server.pas.response_bundle
import server.pas.v201.response_bundle
from server.cases.case import Generation
from server.fhir.json import Json
from server.pas.answer import Answer

PATHS: Mapping[Generation, str] = {"2.2": "/fhir", "2.0": "/2.0.1/fhir"}
"""The path of each generation's base."""

_RENDERERS: Mapping[Generation, Callable[[Answer], Json]] = {
    "2.2": server.pas.response_bundle.response_bundle,
    "2.0": server.pas.v201.response_bundle.response_bundle,
}

GENERATIONS: tuple[Generation, ...] = tuple(_RENDERERS)
"""The generations that answers are rendered in."""


def render(answer: Answer) -> Json:
    """The response Bundle of an answer, in its generation and for its purpose."""
    return _RENDERERS[answer.generation](answer)


def base_of(base: str, of: Generation, wanted: Generation) -> str:
    """The base URL of another generation at the same server."""
    return base.removesuffix(PATHS[of]) + PATHS[wanted] if of != wanted else base
