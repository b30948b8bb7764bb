"""A PAS request Bundle, parsed: its focal Claim, and every resource by the fullUrl under which others refer to it.

It exists only when `request_bundle.py` found nothing to refuse, so what is read from it here is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from server.fhir.element import Element
from server.fhir.json import Json
from server.fhir.reference import absolute_base, against_base


@dataclass(frozen=True)
class Submission:
    """One request for authorization."""

    bundle: Element
    claim_url: str
    resources: Mapping[str, Json]
    """By fullUrl, in the order of the Bundle; the focal Claim first."""
    places: Mapping[str, str]
    """FHIRPath of each resource from the root of the request, by fullUrl."""
    references: Mapping[str, Sequence[str]]
    """The literal references in each resource, by fullUrl."""
    prior_url: str | None = None
    """fullUrl of the Claim that this one says it follows; None for a first request."""

    @cached_property
    def claim(self) -> Element:
        """The focal Claim."""
        return self.element(self.claim_url)

    @cached_property
    def patient_url(self) -> str:
        """fullUrl of the Patient."""
        return self._target("patient")

    @cached_property
    def insurer_url(self) -> str:
        """fullUrl of the payer's Organization."""
        return self._target("insurer")

    @cached_property
    def provider_url(self) -> str:
        """fullUrl of the requestor."""
        return self._target("provider")

    @cached_property
    def coverage_url(self) -> str:
        """fullUrl of the Coverage that the request is made under: the focal one, or the first."""
        insurances = self.claim.children("insurance")
        focal = next((each for each in insurances if each.boolean("focal")), insurances[0])
        return self.resolve(focal.child("coverage"), self.claim_url) or ""

    def element(self, url: str) -> Element:
        """The resource of a fullUrl, to be read with its place."""
        return Element(self.resources[url], self.places[url])

    def resolve(self, reference: Element | None, from_url: str) -> str | None:
        """The fullUrl that a Reference in the resource of `from_url` means; None when it names none in the Bundle."""
        text = reference.text("reference") if reference else None
        url = self.target(text, from_url) if text else None
        return url if url in self.resources else None

    def target(self, reference: str, from_url: str) -> str:
        """The URL that a literal reference in the resource of `from_url` means, whether the Bundle has it or not."""
        key = reference, from_url
        found = self._targets.get(key)
        if found is None:
            found = self._targets[key] = against_base(reference, self._base(from_url))
        return found

    def _base(self, url: str) -> str | None:
        if url not in self._bases:
            self._bases[url] = absolute_base(url)
        return self._bases[url]

    def locate(self, reference: str, from_url: str) -> tuple[str, Json] | None:
        """fullUrl and resource that a literal reference in the resource of `from_url` means."""
        url = self.target(reference, from_url)
        return (url, self.resources[url]) if url in self.resources else None

    @cached_property
    def _targets(self) -> dict[tuple[str, str], str]:
        """What was resolved so far: a request asks some five times for each reference."""
        return {}

    @cached_property
    def _bases(self) -> dict[str, str | None]:
        """What relative references in a resource start from, by its fullUrl, as far as it was asked for."""
        return {}

    def _target(self, name: str) -> str:
        return self.resolve(self.claim.child(name), self.claim_url) or ""
