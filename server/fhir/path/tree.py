"""Walks from an element to its children, with their types: the only place that knows how FHIR puts elements into JSON.

Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Iterator

from server.fhir.json import Json
from server.fhir.path.model import Choice, Model, TypeFacts
from server.fhir.path.values import Home, Items, Node

_ELEMENT = "Element"


def typed(value: Json, model: Model, home: Home | None, type: str | None = None) -> Node:
    """A node of the value, with the type that is named, or that its `resourceType` names."""
    facts = model.types.get(type) if type else None
    if _is_resource(value):
        facts = model.types.get(value["resourceType"], facts)
    return Node(value, facts, home)


def _is_resource(value: Json) -> bool:
    return type(value) is dict and type(value.get("resourceType")) is str


def children_named(node: Node, name: str, model: Model) -> Items:
    """The children with a FHIRPath name: `value` finds `valueQuantity`, with its type."""
    container, facts = _inside(node, model)
    if type(container) is not dict:
        return []
    if facts is None:
        return _untyped(container, name, node, model)
    shape = facts.elements.get(name)
    if shape is None:
        return []
    found: Items = []
    for choice in shape.choices:
        if choice.key in container or choice.shadow in container:
            _append(found, container, choice, node, model)
    return found


def _inside(node: Node, model: Model) -> tuple[Json, TypeFacts | None]:
    """Where the children are. A primitive's are in the object beside it."""
    facts = node.facts
    if facts is not None and facts.is_primitive:
        return node.shadow, model.types[_ELEMENT]
    return node.value, facts


def children(node: Node, model: Model) -> Items:
    """All children, in the order of the JSON."""
    container, facts = _inside(node, model)
    if type(container) is not dict:
        return []
    found: Items = []
    if facts is None:
        for name in container:
            if name != "resourceType" and not name.startswith("_"):
                found += _untyped(container, name, node, model)
        return found
    seen: set[str] = set()
    for key in container:
        entry = facts.by_key.get(key)
        if entry is not None and entry[1].key not in seen:
            seen.add(entry[1].key)
            _append(found, container, entry[1], node, model)
    return found


def descendants(node: Node, model: Model) -> Iterator[Node]:
    """All children, their children, and so on, without the node; depth first, in the order of the JSON."""
    stack = [iter(children(node, model))]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        yield found
        stack.append(iter(children(found, model)))


def _append(found: Items, container: Json, choice: Choice, parent: Node, model: Model) -> None:
    raw, shadow = container.get(choice.key), container.get(choice.shadow) if choice.shadow else None
    values = raw if type(raw) is list else [] if raw is None else [raw]
    shadows = shadow if type(shadow) is list else [shadow]
    facts = model.types.get(choice.type)
    plain = facts is None or not facts.is_resource
    for at in range(max(len(values), len(shadows) if shadow is not None else 0)):
        value = values[at] if at < len(values) else None
        beside = shadows[at] if at < len(shadows) else None
        if value is not None or beside is not None:
            found.append(Node(value, facts, parent.home, beside) if plain else _resource(value, facts, parent, model))


def _resource(value: Json, facts: TypeFacts | None, parent: Node, model: Model) -> Node:
    """A contained resource, or that of an entry or parameter: references in it start from itself."""
    node = typed(value, model, None)
    node.facts = node.facts or facts
    full_url = parent.value.get("fullUrl") if type(parent.value) is dict else None
    if parent.facts is not None and parent.facts.is_resource:
        full_url = parent.home.full_url if parent.home else None
    node.home = Home(value, parent.home, full_url if type(full_url) is str else None)
    return node


def _untyped(container: Json, name: str, parent: Node, model: Model) -> Items:
    """Children by their JSON name, where no type is known; a resource among them has its own type again."""
    raw = container.get(name)
    values = raw if type(raw) is list else [] if raw is None else [raw]
    found: Items = []
    for value in values:
        if _is_resource(value):
            found.append(_resource(value, None, parent, model))
        elif value is not None:
            found.append(Node(value, None, parent.home))
    return found
