"""What FHIRPath must know of FHIR's types: the elements of each, their types, and which type derives from which.

JSON does not say that `valueQuantity` is the element `value` as a Quantity, or that `birthDate` is a date; this does.
Spec page: https://hl7.org/fhir/R4/fhirpath.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

MODEL_FILE = "hl7.fhir.r4.core/4.0.1/model.json"


@dataclass(frozen=True, slots=True)
class Choice:
    """One way in which an element stands in JSON: its key, the key of its extensions, and its type."""

    key: str
    shadow: str | None
    """`_key`, for a primitive; None otherwise."""
    type: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One element of a type."""

    name: str
    choices: tuple[Choice, ...]
    repeats: bool


Raw = Mapping[str, Mapping[str, object]]
"""The file: kind, base and own elements of each type."""


class TypeFacts:
    """A type: what it derives from (itself first), whether it is a primitive, its elements by FHIRPath name.

    The elements are read when they are first asked for: a process meets few of the types.
    """

    def __init__(self, raw: Raw, name: str) -> None:
        self.name = name
        self.lineage = _lineage(raw, name)
        self.kind = str(raw[name]["kind"])
        self._raw = raw

    @property
    def is_primitive(self) -> bool:
        """Whether JSON has it as a bare value."""
        return self.kind == "primitive-type"

    @property
    def is_resource(self) -> bool:
        """Whether it is a resource."""
        return self.kind == "resource"

    @cached_property
    def elements(self) -> Mapping[str, Shape]:
        """Elements by FHIRPath name."""
        found: dict[str, Shape] = {}
        for ancestor in reversed(self.lineage):
            own = self._raw[ancestor]["elements"]
            assert isinstance(own, dict)
            for child, text in own.items():
                shape = _shape(self._raw, child, text)
                found[shape.name] = shape
        return found

    @cached_property
    def by_key(self) -> Mapping[str, tuple[Shape, Choice]]:
        """Elements by JSON key, `_key` included."""
        found: dict[str, tuple[Shape, Choice]] = {}
        for shape in self.elements.values():
            for choice in shape.choices:
                found[choice.key] = (shape, choice)
                if choice.shadow:
                    found[choice.shadow] = (shape, choice)
        return found


class Model:
    """All types of one FHIR version."""

    __slots__ = ("types",)

    def __init__(self, raw: Raw) -> None:
        self.types = {name: TypeFacts(raw, name) for name in raw}

    def derives(self, name: str, ancestor: str) -> bool:
        """Whether a type is `ancestor` or derives from it."""
        facts = self.types.get(name)
        return name == ancestor or (facts is not None and ancestor in facts.lineage)


@cache
def r4() -> Model:
    """FHIR R4's types, read once. A type's name is its own; a backbone element's is its path, `Claim.item`."""
    return Model(json.loads((profiles_folder() / MODEL_FILE).read_text(encoding="utf-8")))


def profiles_folder() -> Path:
    """Where the shipped facts of published packages lie: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "shipped" / "profiles"
    return packaged if packaged.is_dir() else package.parent / "profiles"


def _lineage(raw: Raw, name: str) -> tuple[str, ...]:
    found = [name]
    while (base := str(raw[found[-1]]["base"])) in raw:
        found.append(base)
    return tuple(found)


def _shape(raw: Raw, child: str, text: str) -> Shape:
    name = child.removesuffix("[x]")
    types = text.removesuffix("*").split("|")
    choices = []
    for type in types:
        key = name if name == child else name + type[0].upper() + type[1:]
        primitive = type in raw and raw[type]["kind"] == "primitive-type"
        choices.append(Choice(key, f"_{key}" if primitive else None, type))
    return Shape(name, tuple(choices), text.endswith("*"))
