"""Shortens JSON to what a reader has to see: what was left out is marked, and what is shown is as it was sent.

Of a Bundle the resources are shown without the entries around them, and of URLs that name things only the end.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from server.fhir import json

Json = Any
Shape = dict[str, Any]
"""What is kept, by the name of the element; `[label]` keeps some of a list; an empty Shape keeps all below."""

ELIDED = "…"
_WIDTH = 124
_LONGEST = 120
"""Characters of a text that are shown."""
_TOKEN = re.compile(r"\[[^\]]*\]|[^.\[\]]+")
_NAMING = re.compile(r'("(?:url|system|profile|resourceType)": \[?")https?://[^"]*/([^"/]+")')


def excerpt(value: Json, *paths: str) -> str:
    """What is at the paths, as text; without paths all of it.

    A path such as `ClaimResponse.item.extension[itemTraceNumber]` begins with the type of a resource, wherever in it
    that is. In brackets is the end of an extension's url, the name of a parameter, or the sequence of an item.
    """
    shape = _shape(paths)
    found = list(_resources(value, shape)) if any(name[:1].isupper() for name in shape) else [_kept(value, shape)]
    return _NAMING.sub(rf"\1{ELIDED}/\2", "\n".join(_text(each, 0) for each in found))


def _shape(paths: Iterable[str]) -> Shape:
    shape: Shape = {}
    for path in paths:
        below = shape
        for token in _TOKEN.findall(path):
            below = below.setdefault(token, {})
    return shape


def _resources(value: Json, shape: Shape) -> Iterator[Json]:
    """The resources of the types in the shape, the outer ones first."""
    if isinstance(value, list):
        for each in value:
            yield from _resources(each, shape)
    if isinstance(value, dict):
        type = value.get("resourceType")
        if type in shape:
            yield _kept(value, {"resourceType": {}, **shape[type]} if shape[type] else {})
        else:
            for each in value.values():
                yield from _resources(each, shape)


def _kept(value: Json, shape: Shape) -> Json:
    if not shape:
        return value
    if isinstance(value, list):
        return _kept_of_list(value, shape)
    found = {name: _kept(each, shape[name]) for name, each in value.items() if name in shape}
    return found if len(found) == len(value) else {**found, ELIDED: None}


def _kept_of_list(values: list[Json], shape: Shape) -> list[Json]:
    chosen = any(name.startswith("[") for name in shape)
    found: list[Json] = []
    for value in values:
        below = shape.get(f"[{_label(value)}]") if chosen else shape
        kept = ELIDED if below is None else _kept(value, below)
        if kept != ELIDED or found[-1:] != [ELIDED]:
            found.append(kept)
    return found


def _label(value: Json) -> str:
    for name in ("url", "name", "sequence", "itemSequence"):
        if name in value:
            return str(value[name]).rpartition("/")[2].rpartition("extension-")[2]
    return ""


def _text(value: Json, depth: int) -> str:
    """The value in as few lines as hold it: the parts of an object are set one after the other."""
    if isinstance(value, list) and value:
        parts = [ELIDED if each == ELIDED else _text(each, depth + 1) for each in value]
        if len(value) == 1:
            return f"[{_text(value[0], depth)}]"
        return _set(parts, "[]", depth, one_each=True)
    if isinstance(value, dict) and value:
        parts = [ELIDED if name == ELIDED else f'"{name}": {_text(each, depth + 1)}' for name, each in value.items()]
        return _set(parts, "{}", depth, one_each=False)
    if isinstance(value, str) and len(value) > _LONGEST:
        value = f"{value[:_LONGEST].rstrip()} {ELIDED}"
    return json.write(value).decode()


def _length(text: str) -> int:
    return len(_NAMING.sub(rf"\1{ELIDED}/\2", text))


def _set(parts: list[str], marks: str, depth: int, *, one_each: bool) -> str:
    """The parts between their marks: in one line, or in lines as long as fit."""
    flat = marks[0] + ", ".join(parts) + marks[1]
    if "\n" not in flat and _length(flat) + 2 * depth <= _WIDTH:
        return flat
    margin = "  " * (depth + 1)
    lines = [parts[0]]
    for part in parts[1:]:
        last = lines[-1].rpartition("\n")[2]
        fits = _length(f"{margin}{last}, {part.partition(chr(10))[0]}") <= _WIDTH
        if fits and not one_each:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return f"{marks[0]}\n{margin}" + f",\n{margin}".join(lines) + f"\n{'  ' * depth}{marks[1]}"
