"""Why a resource fits none of several profiles: what keeps it from the one that it comes closest to.

"Fits none of" alone would leave the sender guessing. Each pair of a resource and a profile is explained once in a run,
so circles of references end.
Spec page: https://hl7.org/fhir/R4/validation.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.fhir.json import Json
from server.fhir.validation.finding import Finding, Findings
from server.fhir.validation.scope import Scope
from server.fhir.validation.structure import Structure

if TYPE_CHECKING:
    from server.fhir.validation.compile import Compiler

_OF_ENTRY = re.compile(r"(.*)\.entry\[\d+\]\.resource")


def fits_none(
    compiler: Compiler, structures: Sequence[Structure], found: Scope, place: str, sum: Finding, findings: Findings
) -> None:
    """Adds `sum`, which says that a resource at `place` fits none of the profiles, and why it does not fit one."""
    run = found.run
    candidates = [structure for structure in structures if structure.type == found.resource.get("resourceType")]
    key = (id(found.resource), tuple(id(structure) for structure in candidates))
    if not candidates or not place or run.trying:
        findings.add(sum)
        return
    findings.add(sum.as_explained())
    if key not in run.told:
        run.told.add(key)
        closest = _closest(compiler, candidates, found, place)
        compiler.structure_rule(closest).report(found.resource, found, place, findings)


def _closest(compiler: Compiler, candidates: Sequence[Structure], found: Scope, place: str) -> Structure:
    """The profile that the resource claims, or else the one that it breaks least.

    While one is tried nothing further is explained, so that the time does not multiply with the length of a chain of
    references.
    """
    urls = claims(found.resource)
    claimed = [one for one in candidates if one.url in urls or one.canonical in urls]
    if claimed or len(candidates) == 1:
        return (claimed or candidates)[0]
    found.run.trying = True
    errors = [_errors(compiler, structure, found, place) for structure in candidates]
    found.run.trying = False
    return candidates[errors.index(min(errors))]


def _errors(compiler: Compiler, structure: Structure, found: Scope, place: str) -> int:
    trial = Findings(0)
    compiler.structure_rule(structure).report(found.resource, found, place, trial)
    return trial.errors


def place_of_target(place: str, scope: Scope, found: Scope) -> str:
    """Where the entry stands that a reference at `place` means; empty for what is no entry of the same Bundle."""
    bundle = scope.outer.bundle
    around = _OF_ENTRY.match(place)
    index = bundle.index(found.resource) if bundle is not None and found.bundle is bundle else None
    return f"{around[1]}.entry[{index}].resource" if around and index is not None else ""


def claims(resource: Json) -> list[str]:
    """The canonicals in `meta.profile`."""
    meta = resource.get("meta")
    rows = meta.get("profile") if type(meta) is dict else None
    return [row for row in rows if type(row) is str] if type(rows) is list else []
