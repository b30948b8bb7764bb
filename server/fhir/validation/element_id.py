"""The id of an element is the only one in its resource, so that a link inside of the resource means one element.

Spec page: https://hl7.org/fhir/R4/element-definitions.html#Element.id
"""

from server.fhir.json import Json
from server.fhir.validation.rule import Rule, sentence
from server.fhir.validation.scope import Scope


def _is_first(value: Json, scope: Scope) -> bool:
    """An element may be looked at several times, by each profile. That it is the same one is told by the text itself:
    two elements with equal ids have two texts.
    """
    if not isinstance(value, str):
        return True
    if scope.element_ids is None:
        scope.element_ids = {}
    return scope.element_ids.setdefault(value, value) is value


ONE_ID: Rule = sentence(
    _is_first, "element-id", "duplicate", "Another element of the resource has the same id; give each an id of its own."
)
"""The rule of `Element.id`."""
