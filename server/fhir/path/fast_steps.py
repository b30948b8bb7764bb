"""The moves of the fast lane: from JSON to JSON, without making anything but lists.

Whatever is out of the ordinary (a primitive with extensions, an array where none belongs, several items where one is
meant) raises Unusual, and the general closures answer instead.
Spec page: https://hl7.org/fhir/R4/json.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.fhir.json import Json
from server.fhir.path.fast_keys import NO, Keys, Possible, there
from server.fhir.path.model import Choice, Model, Shape

Run = Callable[[Json, Json], list[Json]]
"""From `$this` and `%resource` to JSON values."""

Test = Callable[[Json, Json], bool | None]
"""From `$this` and `%resource` to true, false or empty."""

NOTHING: list[Json] = []
ABSTRACT = frozenset({"Resource", "DomainResource"})


class Unusual(Exception):
    """The fast lane does not know; the general one does."""


@dataclass(frozen=True, slots=True)
class Found:
    """JSON values of known types. `by_type` tells those of one type from the others, where there are several."""

    run: Run
    types: frozenset[str]
    by_type: Mapping[str, Run] = field(default_factory=dict)
    exists: Test | None = None
    """A quicker way to see whether there are any."""
    key: tuple[str, str | None] | None = None
    """The JSON key and its shadow, of a child of `$this` that does not repeat."""
    needs: Keys = frozenset()
    """Keys of `$this` without which there is nothing; none where that is not known."""
    fixed: bool = False
    """Whether it does not depend on `$this`."""
    chain: tuple[tuple[str, str | None], ...] = ()
    """The keys that lead to it from `$this` one by one, with their shadows, where none of them repeats."""
    there: Possible | None = None
    """Whether there are any, as far as the keys of `$this` tell it."""

    def of(self, type: str) -> Run:
        """Those of one type."""
        return self.by_type[type] if self.by_type else self.run

    def any(self) -> Test:
        """Whether there are any."""
        run = self.run
        return self.exists or (lambda this, resource: bool(run(this, resource)))


def this(_this: Json, _resource: Json) -> list[Json]:
    """`$this`."""
    return [_this]


EMPTY = Found(lambda this, resource: NOTHING, frozenset(), there=lambda keys: NO)
"""What is known to be empty."""


def child(of: Found, name: str, model: Model) -> Found | None:
    """The children with a name; None where the types are not known well enough."""
    parts: dict[str, list[Run]] = {}
    whole: list[Found] = []
    for type in of.types:
        if type not in model.types:
            return None
        shape = model.types["DomainResource" if type in ABSTRACT else type].elements.get(name)
        if shape is None:
            if type in ABSTRACT:
                return None
            continue
        stepped = _step(of.of(type), shape, of.chain)
        whole.append(stepped)
        for result in stepped.types:
            parts.setdefault(result, []).append(stepped.of(result))
    if len(whole) == 1:
        return whole[0]
    return _merged(parts) if whole else EMPTY


def _merged(parts: Mapping[str, list[Run]]) -> Found:
    by_type = {type: _concatenated(runs) for type, runs in parts.items()}
    return Found(_concatenated([run for runs in parts.values() for run in runs]), frozenset(parts), by_type)


def _concatenated(runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    return lambda this, resource: [item for run in runs for item in run(this, resource)]


def _step(of: Run, shape: Shape, chain: tuple[tuple[str, str | None], ...]) -> Found:
    choices = shape.choices
    needs: Keys = frozenset()
    if of is this:
        needs = frozenset(key for choice in choices for key in (choice.key, choice.shadow) if key)
    known = there(needs) if needs else None
    if len(choices) > 1:
        by_type = {choice.type: _one_choice(of, choice, False) for choice in choices}
        return Found(
            _any_choice(of, choices), frozenset(by_type), by_type, _exists(of, choices), needs=needs, there=known
        )
    choice, key = choices[0], (choices[0].key, choices[0].shadow)
    types, exists = frozenset({choice.type}), _exists(of, choices)
    if shape.repeats or not (of is this or chain):
        return Found(_one_choice(of, choice, shape.repeats), types, exists=exists, needs=needs, there=known)
    steps = (*chain, key)
    run = _of_chain(steps) if chain else _of_this(choice)
    return Found(run, types, exists=exists, key=None if chain else key, needs=needs, chain=steps, there=known)


def _of_chain(steps: tuple[tuple[str, str | None], ...]) -> Run:
    def run(this: Json, resource: Json) -> list[Json]:
        item = this
        for key, shadow in steps:
            if shadow in item:
                raise Unusual
            item = item.get(key)
            if item is None:
                return NOTHING
            if type(item) is list:
                raise Unusual
        return [item]

    return run


def _exists(of: Run, choices: tuple[Choice, ...]) -> Test | None:
    """For a child of `$this`, a look at its keys will do. An empty array is not valid, and left to the general lane."""
    if of is not this:
        return None
    keys = frozenset(key for choice in choices for key in (choice.key, choice.shadow) if key)
    if len(choices) == 1:
        return _key_exists(choices[0].key, choices[0].shadow)

    def several(this: Json, resource: Json) -> bool:
        return any(_is_there(this[key]) for key in keys & this.keys())

    return several


def _key_exists(key: str, shadow: str | None) -> Test:
    if shadow is None:
        return lambda this, resource: _is_there(this[key]) if key in this else False

    def either(this: Json, resource: Json) -> bool:
        if key in this:
            return _is_there(this[key])
        return _is_there(this[shadow]) if shadow in this else False

    return either


def _is_there(value: Json) -> bool:
    if value is None or (type(value) is list and (not value or None in value)):
        raise Unusual
    return True


def _one_choice(of: Run, choice: Choice, repeats: bool) -> Run:
    if of is this:
        return _of_this_repeating(choice) if repeats else _of_this(choice)
    return _of_each_repeating(of, choice) if repeats else _of_each(of, choice)


def _of_this(choice: Choice) -> Run:
    key, shadow = choice.key, choice.shadow

    def run(this: Json, resource: Json) -> list[Json]:
        if shadow in this:
            raise Unusual
        value = this.get(key)
        if value is None:
            return NOTHING
        if type(value) is list:
            raise Unusual
        return [value]

    return run


def _of_this_repeating(choice: Choice) -> Run:
    key, shadow = choice.key, choice.shadow

    def run(this: Json, resource: Json) -> list[Json]:
        if shadow in this:
            raise Unusual
        value = this.get(key)
        if value is None:
            return NOTHING
        if type(value) is not list or None in value:
            raise Unusual
        return value

    return run


def _of_each(of: Run, choice: Choice) -> Run:
    key, shadow = choice.key, choice.shadow

    def run(this: Json, resource: Json) -> list[Json]:
        found = []
        for item in of(this, resource):
            if shadow in item:
                raise Unusual
            value = item.get(key)
            if value is not None:
                if type(value) is list:
                    raise Unusual
                found.append(value)
        return found

    return run


def _of_each_repeating(of: Run, choice: Choice) -> Run:
    key, shadow = choice.key, choice.shadow

    def run(this: Json, resource: Json) -> list[Json]:
        found: list[Json] = []
        for item in of(this, resource):
            if shadow in item:
                raise Unusual
            value = item.get(key)
            if value is not None:
                if type(value) is not list or None in value:
                    raise Unusual
                found += value
        return found

    return run


def _any_choice(of: Run, choices: tuple[Choice, ...]) -> Run:
    keys = frozenset(choice.key for choice in choices)
    shadows = frozenset(choice.shadow for choice in choices if choice.shadow)

    def run(this: Json, resource: Json) -> list[Json]:
        found = []
        for item in of(this, resource):
            for key in item:
                if key in keys:
                    value = item[key]
                    if type(value) is list or value is None:
                        raise Unusual
                    found.append(value)
                elif key in shadows:
                    raise Unusual
        return found

    return run


def selected(of: Found, inner: Found) -> Found:
    """What is found from each of them, one after the other."""
    run, project = of.run, inner.run
    return Found(
        lambda this, resource: [found for item in run(this, resource) for found in project(item, resource)], inner.types
    )


def joined(left: Run, right: Run) -> Found:
    """Two strings as one, `&`; what is absent is empty."""

    def run(this: Json, resource: Json) -> list[Json]:
        ours, theirs = left(this, resource), right(this, resource)
        if len(ours) > 1 or len(theirs) > 1:
            raise Unusual
        return [(ours[0] if ours else "") + (theirs[0] if theirs else "")]

    return Found(run, frozenset({"string"}))


def filtered(of: Found, test: Test) -> Found:
    """Those for which a test is true, `$this` being each in turn."""

    def keep(run: Run) -> Run:
        return lambda this, resource: [item for item in run(this, resource) if test(item, resource)]

    return Found(keep(of.run), of.types, {type: keep(run) for type, run in of.by_type.items()})


def with_url(of: Found, url: str, model: Model) -> Found | None:
    """The extensions of a url."""
    if any(type not in model.types or model.types[type].is_primitive for type in of.types):
        return None
    extensions = child(of, "extension", model)
    if extensions is None:
        return None
    run = extensions.run
    return Found(
        lambda this, resource: [found for found in run(this, resource) if found.get("url") == url], extensions.types
    )


def of_type(of: Found, name: str, model: Model) -> Found | None:
    """Those of a type: known beforehand for elements, told by `resourceType` for resources."""
    if of.types & ABSTRACT:
        return _resources(of, name, model)
    matching = [type for type in of.types if type == name or (_complex(type, model) and model.derives(type, name))]
    if not matching:
        return EMPTY
    if len(of.types) == 1:
        return of
    return _merged({type: [of.of(type)] for type in matching})


def _complex(type: str, model: Model) -> bool:
    return type in model.types and not model.types[type].is_primitive


def _resources(of: Found, name: str, model: Model) -> Found | None:
    if len(of.types) != 1 or not model.types[name].is_resource or name in ABSTRACT:
        return None
    run = of.run
    return Found(
        lambda this, resource: [found for found in run(this, resource) if found.get("resourceType") == name],
        frozenset({name}),
    )
