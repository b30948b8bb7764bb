"""Profiles that R4 demands of a resource whether it claims them or not: those of the vital signs.

An Observation with the LOINC code of a vital sign must be what the profile of that vital sign says. Which code belongs
to which profile stands in the profiles.
Spec page: https://hl7.org/fhir/R4/observation-vitalsigns.html
"""

from collections.abc import Iterator, Mapping

from server.fhir.json import Json
from server.fhir.validation.library import Library
from server.fhir.validation.structure import Structure

_VITAL_SIGNS = (
    "vitalspanel",
    "resprate",
    "heartrate",
    "oxygensat",
    "bodytemp",
    "bodyheight",
    "headcircum",
    "bodyweight",
    "bmi",
    "bp",
)
_CODING = "Observation.code.coding"

Code = tuple[str, str]
"""A code system and a code of it."""


class Implied:
    """The profiles of a library that are demanded by code. The table is made at the first Observation."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._by_code: Mapping[Code, Structure] | None = None

    def of(self, resource: Json) -> list[Structure]:
        """The profiles that the codes of a resource demand."""
        if resource["resourceType"] != "Observation":
            return []
        known = self._by_code
        if known is None:
            known = self._by_code = dict(self._rows())
        code = resource.get("code")
        codings = code.get("coding") if isinstance(code, dict) else None
        rows = [row for row in codings if isinstance(row, dict)] if isinstance(codings, list) else []
        found = (known.get(pair) for row in rows if (pair := _pair(row)) is not None)
        return list(dict.fromkeys(one for one in found if one is not None))

    def _rows(self) -> Iterator[tuple[Code, Structure]]:
        for name in _VITAL_SIGNS:
            structure = self._library.find(name)
            element = structure.nodes.get(_CODING) if structure is not None else None
            for part in element.slices if structure is not None and element is not None else ():
                pair = _pair({key: child.facts.fixed for key, child in part.children.items()})
                if pair is not None and structure is not None:
                    yield pair, structure


def _pair(coding: Json) -> Code | None:
    system, code = coding.get("system"), coding.get("code")
    return (system, code) if isinstance(system, str) and isinstance(code, str) else None
