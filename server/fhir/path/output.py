"""Items as JSON, and as the text that the command line shows.

Spec page: https://hl7.org/fhir/R4/json.html
"""

from server.fhir.json import Json
from server.fhir.path.moment import Moment
from server.fhir.path.units import UCUM_OF_CALENDAR
from server.fhir.path.values import UCUM, Item, Node, Quantity, TypeInfo


def to_json(item: Item) -> Json:
    """An item as FHIR would write it. A primitive that has extensions only is null."""
    match item:
        case Node():
            return item.value
        case Moment():
            return str(item)
        case Quantity():
            return _quantity(item)
        case TypeInfo():
            return {"namespace": item.namespace, "name": item.name}
        case _:
            return item


def _quantity(item: Quantity) -> Json:
    """A calendar year or month has no UCUM unit of the same length, so it keeps its word."""
    if item.calendar and item.unit not in UCUM_OF_CALENDAR:
        return {"value": item.value, "unit": item.unit}
    code = UCUM_OF_CALENDAR[item.unit] if item.calendar else item.unit
    return {"value": item.value, "unit": item.unit, "system": UCUM, "code": code}
