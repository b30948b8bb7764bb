"""Finds extensions that carry elements of another FHIR version: what they ask for would be passed over.

The guide has extensions of its own for all that R4 lacks here, and says not to use those.
Spec page: https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html
"""

import re
from collections.abc import Iterator

from server.errors import Issue
from server.fhir.json import Json

_OTHER_VERSION = re.compile(r"http://hl7\.org/fhir/[0-9]+\.[0-9]+/")
_TEXT = "Extensions of other FHIR versions are not read; use those of the subscriptions backport guide in R4."


def cross_version_issues(element: Json, place: str) -> Iterator[Issue]:
    """An issue for each such extension below an element, which stands at `place`."""
    match element:
        case dict():
            url = element.get("url")
            is_extension = place.rpartition(".")[2].startswith("extension[")
            if is_extension and isinstance(url, str) and _OTHER_VERSION.match(url):
                yield Issue("not-supported", _TEXT, place)
            for name, child in element.items():
                yield from cross_version_issues(child, f"{place}.{name.removeprefix('_')}")
        case list():
            for position, child in enumerate(element):
                yield from cross_version_issues(child, f"{place}[{position}]")
