"""Functions on strings.

Spec page: http://hl7.org/fhirpath/N1/#string-manipulation
"""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from server.fhir.path.errors import EvaluationRefused
from server.fhir.path.function import Function, simple
from server.fhir.path.items import MAX_TEXT, answer, integer, some, text
from server.fhir.path.regex import pattern
from server.fhir.path.values import Items

_JSON_ESCAPE = re.compile(
    r"(?:\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})"
)
_STRING, _BOOLEAN, _INTEGER = "System.String", "System.Boolean", "System.Integer"


def _on_text(code: Callable[..., Any], arguments: int = 0, gives: str = _STRING) -> Function:
    """A function of a string and further strings that is empty as soon as one of them is."""

    def run(items: Items, *others: Items) -> Items:
        values = [text(items), *(text(other) for other in others)]
        if any(value is None for value in values):
            return []
        found = code(*values)
        return answer(found) if type(found) is bool else some(found)

    return simple(run, arguments, gives=gives)


def replace_matches(value: str, expression: str, substitution: str) -> str:
    """The text with what matches replaced. `$1` and `${name}` are groups, as in Java and JavaScript."""
    if not expression:
        return value
    found = pattern(expression)
    _check_size(len(value) + sum(1 for _ in found.finditer(value)) * len(substitution))
    template = re.sub(r"\\", r"\\\\", substitution)
    template = re.sub(r"\$(?:\{(\w+)\}|(\d))", lambda match: rf"\g<{match[1] or match[2]}>", template)
    try:
        return found.sub(template, value)
    except (re.error, IndexError):
        raise EvaluationRefused("The substitution names a group that the regular expression does not have.") from None


def _substring(items: Items, start: Items, length: Items | None = None) -> Items:
    value, first = text(items), integer(start)
    if value is None or first is None or not 0 <= first < len(value):
        return []
    count = integer(length) if length is not None else None
    return some(value[first:] if count is None else value[first : first + max(count, 0)])


def _replace(value: str, old: str, new: str) -> str:
    _check_size(len(value) + value.count(old) * len(new))
    return value.replace(old, new)


def _check_size(length: int) -> None:
    """Refuses a string before it is made."""
    if length > MAX_TEXT:
        raise EvaluationRefused(f"A string of more than {MAX_TEXT} characters.")


def _split(items: Items, separator: Items) -> Items:
    value, by = text(items), text(separator)
    if value is None or by is None:
        return []
    return list(value.split(by)) if by else list(value)


def _join(items: Items, separator: Items | None = None) -> Items:
    by = (text(separator) if separator is not None else None) or ""
    values = [text([item]) for item in items]
    kept = [value for value in values if value is not None]
    _check_size(sum(map(len, kept)) + len(kept) * len(by))
    return some(by.join(kept)) if items else []


def _encode(value: str, how: str) -> str | None:
    raw = value.encode("utf-8", "surrogatepass")
    match how:
        case "hex":
            return raw.hex()
        case "base64":
            return base64.b64encode(raw).decode()
        case "urlbase64":
            return base64.urlsafe_b64encode(raw).decode()
        case _:
            raise EvaluationRefused("An encoding is hex, base64 or urlbase64.")


def _decode(value: str, how: str) -> str | None:
    try:
        match how:
            case "hex":
                return bytes.fromhex(value).decode()
            case "base64":
                return base64.b64decode(value, validate=True).decode()
            case "urlbase64":
                return base64.b64decode(value, altchars=b"-_", validate=True).decode()
    except (ValueError, binascii.Error):
        return None
    raise EvaluationRefused("An encoding is hex, base64 or urlbase64.")


def _escape(value: str, how: str) -> str:
    match how:
        case "html":
            return html.escape(value, quote=False).replace('"', "&quot;")
        case "json":
            return json.dumps(value, ensure_ascii=False)[1:-1]
        case _:
            raise EvaluationRefused("What is escaped is html or json.")


def _unescape(value: str, how: str) -> str | None:
    match how:
        case "html":
            return html.unescape(value)
        case "json":
            return _unescape_json(value)
        case _:
            raise EvaluationRefused("What is unescaped is html or json.")


def _unescape_json(value: str) -> str:
    """What is no escape sequence of JSON stays as it is."""
    return _JSON_ESCAPE.sub(lambda found: json.loads(f'"{found.group()}"'), value)


FUNCTIONS: Mapping[str, Function] = {
    "indexOf": _on_text(lambda value, part: value.find(part), 1, _INTEGER),
    "lastIndexOf": _on_text(lambda value, part: value.rfind(part), 1, _INTEGER),
    "substring": simple(_substring, 1, 2, _STRING),
    "startsWith": _on_text(lambda value, part: value.startswith(part), 1, _BOOLEAN),
    "endsWith": _on_text(lambda value, part: value.endswith(part), 1, _BOOLEAN),
    "contains": _on_text(lambda value, part: part in value, 1, _BOOLEAN),
    "upper": _on_text(lambda value: value.upper()),
    "lower": _on_text(lambda value: value.lower()),
    "replace": _on_text(_replace, 2),
    "matches": _on_text(lambda value, found: pattern(found).search(value) is not None, 1, _BOOLEAN),
    "matchesFull": _on_text(lambda value, found: pattern(found).fullmatch(value) is not None, 1, _BOOLEAN),
    "replaceMatches": _on_text(replace_matches, 2),
    "length": _on_text(len, 0, _INTEGER),
    "toChars": simple(lambda items: list(text(items) or ""), gives=_STRING),
    "trim": _on_text(lambda value: value.strip()),
    "split": simple(_split, 1, gives=_STRING),
    "join": simple(_join, 0, 1, _STRING),
    "encode": _on_text(_encode, 1),
    "decode": _on_text(_decode, 1),
    "escape": _on_text(_escape, 1),
    "unescape": _on_text(_unescape, 1),
}
"""The functions of this file by name."""
