"""Makes faulty resources out of good ones, as senders do: strategies of hypothesis that know how FHIR is built.

Some mutants come out valid again; what counts is whether two validators agree.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

Json = Any
Draw = Callable[[st.SearchStrategy[Any]], Any]
Place = tuple[Json, str | int]
"""A container and the key or index in it."""

SKIPPED = ("text", "resourceType", "meta", "id", "div")
"""What is left alone: narratives are compared elsewhere, and a resource of another type is another resource."""

_CHOICES = ("valueString", "valueCode", "valueBoolean", "valueCoding", "valueQuantity", "valueReference", "valueDate")
_REFERENCES = ("#none", "Patient/none", "Basic/none", "urn:uuid:4D2F", "Organization?identifier=x|1", "")


def places(value: Json) -> Iterator[Place]:
    """Every place in a resource that can be changed."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        if key in SKIPPED:
            continue
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def _drop(draw: Draw, container: Json, key: Any) -> None:
    del container[key]


def _duplicate(draw: Draw, container: Json, key: Any) -> None:
    container[key].append(copy.deepcopy(draw(st.sampled_from(container[key]))))


def _retype(draw: Draw, container: Json, key: Any) -> None:
    match value := container[key]:
        case bool():
            container[key] = "true"
        case str():
            container[key] = draw(st.sampled_from([1, True, {"a": value}, [value]]))
        case int() | Decimal() | float():
            container[key] = str(value)
        case list():
            container[key] = value[0] if value else {}
        case _:
            container[key] = [value]


def _rechoose(draw: Draw, container: Json, key: Any) -> None:
    """Another type of a choice element: the name changes, the value stays."""
    container[draw(st.sampled_from([name for name in _CHOICES if name != key]))] = container.pop(key)


def _recode(draw: Draw, container: Json, key: Any) -> None:
    container[key] = draw(st.sampled_from(["zz-none", "2026-02-30", " ", "", "final", "http://example.test/none"]))


def _reslice(draw: Draw, container: Json, key: Any) -> None:
    """Moves an element of a list to another slice, or out of all: by what tells the slices apart."""
    element = draw(st.sampled_from([one for one in container[key] if isinstance(one, dict)]))
    told_by = [place for place in places(element) if isinstance(place[0], dict) and place[1] in _DISCRIMINATORS]
    if not told_by:
        container[key].reverse()
        return
    inner, name = draw(st.sampled_from(told_by))
    inner[name] = draw(st.sampled_from(["http://example.test/other", "other", *_values_of(container[key], name)]))


_DISCRIMINATORS = ("url", "system", "code", "type", "use", "name", "linkId")


def _values_of(elements: Sequence[Json], name: str) -> list[str]:
    found = {inner[key] for inner, key in places(elements) if key == name and isinstance(inner[key], str)}
    return sorted(found)


def _foreign(draw: Draw, container: Json, key: Any) -> None:
    container[key]["zzUnknown"] = "x"


def _empty(draw: Draw, container: Json, key: Any) -> None:
    container[key] = type(container[key])()


def _break_reference(draw: Draw, container: Json, key: Any) -> None:
    container[key] = draw(st.sampled_from(_REFERENCES))


def _rename(draw: Draw, container: Json, key: Any) -> None:
    container[key + "X"] = container.pop(key)


def _swap(draw: Draw, container: Json, key: Any) -> None:
    """The value of another place of the resource: of the right form perhaps, of the wrong meaning."""
    other = draw(st.sampled_from(["2026", "2026-11-20T15:00:00Z", "1.50", "urn:uuid:0", "true", "x" * 65]))
    container[key] = other


def _is_list_of_objects(container: Json, key: Any) -> bool:
    return isinstance(container[key], list) and any(isinstance(one, dict) for one in container[key])


def _is_named_text(container: Json, key: Any) -> bool:
    return isinstance(container, dict) and isinstance(container[key], str)


_Applies = Callable[[Json, Any], bool]
OPERATORS: Mapping[str, tuple[_Applies, Callable[[Draw, Json, Any], None]]] = {
    "drop": (lambda container, key: True, _drop),
    "duplicate": (lambda container, key: isinstance(container[key], list) and bool(container[key]), _duplicate),
    "retype": (lambda container, key: True, _retype),
    "rechoose": (
        lambda container, key: isinstance(container, dict) and str(key).startswith("value") and key != "value",
        _rechoose,
    ),
    "recode": (_is_named_text, _recode),
    "reslice": (_is_list_of_objects, _reslice),
    "foreign": (lambda container, key: isinstance(container[key], dict), _foreign),
    "empty": (lambda container, key: isinstance(container[key], dict | list), _empty),
    "break-reference": (
        lambda container, key: key == "reference" and isinstance(container[key], str),
        _break_reference,
    ),
    "rename": (lambda container, key: isinstance(container, dict), _rename),
    "swap": (_is_named_text, _swap),
}
"""What is done to one place of a resource, and where it can be done."""


@st.composite
def mutants(draw: Draw, resource: Json) -> tuple[str, Json]:
    """A mutant of a resource with the name of what was done."""
    changed = copy.deepcopy(resource)
    what = draw(st.sampled_from(sorted(OPERATORS)))
    applies, change = OPERATORS[what]
    fitting = [place for place in places(changed) if applies(*place)]
    if not fitting:
        what, fitting, change = "foreign", [({"": changed}, "")], _foreign
    container, key = fitting[draw(st.integers(0, len(fitting) - 1))]
    change(draw, container, key)
    return what, changed


def generated(resources: Sequence[Json], count: int) -> list[tuple[int, str, Json]]:
    """As many different mutants, the same in every run: the resource's index, what was done to it, and the mutant."""
    made: dict[str, tuple[int, str, Json]] = {}

    @settings(
        max_examples=count * 2,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    @given(st.data())
    def collect(data: st.DataObject) -> None:
        index = data.draw(st.integers(0, len(resources) - 1))
        what, mutant = data.draw(mutants(resources[index]))
        if len(made) < count:
            made.setdefault(repr(mutant), (index, what, mutant))

    collect()
    return list(made.values())
