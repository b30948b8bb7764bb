"""YAML in which every node knows its line, so that a finding can name the place that its author must mend.

Only what JSON knows is read: mappings with text keys, lists, text, whole and decimal numbers (exact), true, false and
null. The rest of YAML (dates, octal and base-60 numbers, `yes`/`no`, anchors, tags) is read as text or refused: a code
such as 012 or 1e5 must never turn into another one.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import yaml

from server.fhir.json import Json

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: Mapping[str, Json] = {"true": True, "false": False, "null": None, "~": None, "": None}

Path = tuple[str | int, ...]


class YamlRefused(ValueError):
    """The text is no YAML that is read here; the message is `line: sentence`."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A document: its value, the line of each of its nodes, and the file as findings name it."""

    file: str
    value: Json
    lines: Mapping[Path, int]

    def at(self, *path: str | int) -> str:
        """`file:line` of the node at the path, or of its nearest parent that is there."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.file}:{self.lines.get(path, 1)}"

    def finding(self, sentence: str, *path: str | int) -> str:
        """A finding about the node at the path: `file:line: sentence`."""
        return f"{self.at(*path)}: {sentence}"


def read(text: str, file: str) -> Marked:
    """The one document in the text. Raises YamlRefused."""
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlRefused(f"{mark.line + 1 if mark else 1}: {error.problem or 'This is not YAML'}.") from None
    except yaml.YAMLError as error:
        raise YamlRefused(f"1: {error}".splitlines()[0]) from None
    if root is None:
        raise YamlRefused("1: The file is empty.")
    lines: dict[Path, int] = {}
    return Marked(file, _value(root, (), lines, set()), lines)


def _value(node: yaml.Node, path: Path, lines: dict[Path, int], seen: set[int]) -> Json:
    lines.setdefault(path, node.start_mark.line + 1)
    if id(node) in seen:
        raise YamlRefused(f"{node.start_mark.line + 1}: An alias (*name) is used; write the value out.")
    seen.add(id(node))
    match node:
        case yaml.MappingNode():
            return _mapping(node, path, lines, seen)
        case yaml.SequenceNode():
            return [_value(child, (*path, index), lines, seen) for index, child in enumerate(node.value)]
        case _:
            return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int], seen: set[int]) -> Json:
    result: dict[str, Json] = {}
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            raise YamlRefused(f"{line}: A key must be text.")
        key = key_node.value
        if key in result:
            raise YamlRefused(f"{line}: The key {key} is there twice.")
        lines[(*path, key)] = line
        result[key] = _value(value_node, (*path, key), lines, seen)
    return result


def _scalar(node: yaml.Node) -> Json:
    text: str = node.value
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text
