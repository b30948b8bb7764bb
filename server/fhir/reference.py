"""References between resources: how they are written and how they resolve inside a Bundle.

Spec page: https://hl7.org/fhir/R4/bundle.html#references
"""

import re

_RELATIVE = re.compile(r"([A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?")
_ABSOLUTE = re.compile(r"(https?://[^\s?#]+)/([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^\s/]+)?")


def relative_parts(reference: str) -> tuple[str, str] | None:
    """Type and id of a relative reference such as `Patient/1`; None for any other form."""
    found = _RELATIVE.fullmatch(reference)
    return (found[1], found[2]) if found else None


def absolute_base(full_url: str) -> str | None:
    """The base of a RESTful absolute URL: `http://a/fhir` of `http://a/fhir/Patient/1`; None for any other form."""
    found = _ABSOLUTE.fullmatch(full_url)
    return found[1] if found else None


def type_and_id(reference: str) -> tuple[str, str] | None:
    """Type and id of a relative or absolute reference; None for urn:, `#` and other forms."""
    if found := _RELATIVE.fullmatch(reference):
        return found[1], found[2]
    if found := _ABSOLUTE.fullmatch(reference):
        return found[2], found[3]
    return None


def resolve_url(reference: str, from_full_url: str) -> str:
    """The absolute URL that a reference means when it stands in the entry with `from_full_url`.

    A relative reference takes the base of the entry it stands in; where that entry's fullUrl is no RESTful URL the
    reference stays as it is. A version is dropped: a Bundle holds one version of a resource.
    """
    return against_base(reference, absolute_base(from_full_url) if relative_parts(reference) else None)


def against_base(reference: str, base: str | None) -> str:
    """The same where the base of the entry's fullUrl is known already; None for a fullUrl that has none."""
    current = reference.split("/_history/")[0] if "/_history/" in reference else reference
    return f"{base}/{current}" if base is not None and relative_parts(reference) else current
