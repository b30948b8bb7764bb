"""The resources that Parameters carry, in the order in which they stand: so that each is known by its number.

Spec page: https://hl7.org/fhir/R4/parameters.html
"""

from collections.abc import Iterator

from server.fhir.json import Json
from server.fhir.lenient import objects


def resources_of(parameters: Json) -> Iterator[Json]:
    """Every resource of a parameter or of a part of one; a resource inside a resource is not told apart."""
    for parameter in objects(parameters.get("parameter")):
        yield from _resources(parameter)


def _resources(parameter: Json) -> Iterator[Json]:
    if isinstance(parameter.get("resource"), dict):
        yield parameter["resource"]
    for part in objects(parameter.get("part")):
        yield from _resources(part)
