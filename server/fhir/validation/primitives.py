"""The primitive types of FHIR as checks of plain JSON values: the right JSON type, the right form, a real calendar day.

Spec page: https://hl7.org/fhir/R4/datatypes.html#primitive
"""

import re
from calendar import monthrange
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from server.fhir.json import Json
from server.fhir.validation.generated import Source
from server.fhir.validation.rule import Check, Ok, Rule, sentence
from server.fhir.validation.scope import Scope
from server.fhir.validation.xhtml import is_narrative

LONGEST_STRING = 1024 * 1024
_LARGEST = 2**31 - 1

_ZONE = r"(?:Z|[+-](?:(?:0[0-9]|1[0-3]):[0-5][0-9]|14:00))"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?"
_YEAR = r"(?!0000)[0-9]{4}"
_MONTH = r"(?:0[1-9]|1[0-2])"
_DAY = r"(?:0[1-9]|[12][0-9]|3[01])"

_DATE = re.compile(rf"{_YEAR}(?:-{_MONTH}(?:-{_DAY})?)?")
_DATE_TIME = re.compile(rf"{_YEAR}(?:-{_MONTH}(?:-{_DAY}(?:T{_TIME}{_ZONE})?)?)?")
_INSTANT = re.compile(rf"{_YEAR}-{_MONTH}-{_DAY}T{_TIME}{_ZONE}")
_CLOCK = re.compile(_TIME)
_BAD_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_CODE = re.compile(r"[^\s]+(?: [^\s]+)*")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_OID = re.compile(r"urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+")
_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]*={0,2}")
_BASE64_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_GAPS = re.compile(r"\s+")


def is_string(value: Json, scope: Scope | None = None, /) -> bool:
    """A JSON string with something in it and no control characters."""
    if type(value) is not str or value == "":
        return False
    return len(value) <= LONGEST_STRING and (value.isprintable() or not _BAD_CHARACTER.search(value))


def is_uri(value: Json, scope: Scope | None = None, /) -> bool:
    """A URI: no white space; OIDs and UUIDs as their urn is written."""
    if type(value) is not str or not value or not value.isprintable() or " " in value:
        return False
    return True if value.startswith("http") else _is_other_uri(value)


def _is_other_uri(value: str) -> bool:
    if value.startswith("urn:oid:"):
        return _OID.fullmatch(value) is not None
    if value.startswith("urn:uuid:"):
        return _UUID.fullmatch(value) is not None
    return not value.startswith(("oid:", "uuid:"))


def _is_canonical(value: Json, scope: Scope | None = None, /) -> bool:
    return is_uri(value) and (":" in value or value[0] == "#")


def _points_at_something(value: Json, scope: Scope) -> bool:
    """A canonical with nothing but a fragment means a contained resource, or an element of the resource."""
    return _is_canonical(value) and (value[0] != "#" or scope.has_target(value[1:]))


def _has_day(value: str) -> bool:
    return int(value[8:10]) <= monthrange(int(value[:4]), int(value[5:7]))[1]


def _dated(form: re.Pattern[str]) -> Check:
    matches = form.fullmatch

    def check(value: Json, scope: Scope | None = None, /) -> bool:
        return type(value) is str and matches(value) is not None and (value[8:10] < "29" or _has_day(value))

    return check


def _matching(form: re.Pattern[str]) -> Check:
    matches = form.fullmatch

    def check(value: Json, scope: Scope | None = None, /) -> bool:
        return type(value) is str and matches(value) is not None

    return check


def _is_code(value: Json, scope: Scope | None = None, /) -> bool:
    """Nearly every code is of letters and digits, or has no gap, which is seen quicker than matched."""
    if type(value) is not str or value == "":
        return False
    return value.isalnum() or (value.isprintable() and " " not in value) or _CODE.fullmatch(value) is not None


def _whole(low: int) -> Check:
    def check(value: Json, scope: Scope | None = None, /) -> bool:
        return type(value) is int and low <= value <= _LARGEST

    return check


def _is_base64(value: Json, scope: Scope | None = None, /) -> bool:
    if type(value) is not str or not value:
        return False
    digits = value.rstrip("=")
    if digits.isascii() and not digits.encode().translate(
        None, _BASE64_DIGITS
    ):  # ten times faster, and nearly always so
        return len(value) % 4 == 0 and len(value) - len(digits) < 3
    packed = _GAPS.sub("", value)
    return len(packed) % 4 == 0 and _BASE64.fullmatch(packed) is not None


def _is_boolean(value: Json, scope: Scope | None = None, /) -> bool:
    return value is True or value is False


def _is_decimal(value: Json, scope: Scope | None = None, /) -> bool:
    kind = type(value)
    return kind is Decimal or kind is int


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "base64Binary": _is_base64,
        "boolean": _is_boolean,
        "canonical": _is_canonical,
        "code": _is_code,
        "date": _dated(_DATE),
        "dateTime": _dated(_DATE_TIME),
        "decimal": _is_decimal,
        "id": _matching(_ID),
        "instant": _dated(_INSTANT),
        "integer": _whole(-_LARGEST - 1),
        "markdown": is_string,
        "oid": _matching(_OID),
        "positiveInt": _whole(1),
        "string": is_string,
        "time": _matching(_CLOCK),
        "unsignedInt": _whole(0),
        "uri": is_uri,
        "url": is_uri,
        "uuid": _matching(_UUID),
        "xhtml": lambda value, scope=None, /: is_narrative(value),
    }
)
"""Whether a JSON value, never null, is of a primitive type."""

_ADDRESS = "type({0}) is str and {0}.startswith(('http://', 'https://')) and {0}.isprintable() and ' ' not in {0}"
_AT_ONCE: Mapping[str, str] = MappingProxyType(
    {
        "boolean": "{0} is True or {0} is False",
        "canonical": _ADDRESS,
        "code": "type({0}) is str and {0}.isalnum()",
        "decimal": "type({0}) is int",
        "id": "type({0}) is str and {0}.replace('-', '').isalnum() and {0}.isascii() and len({0}) < 65",
        "integer": f"type({{0}}) is int and -{_LARGEST} <= {{0}} <= {_LARGEST}",
        "markdown": f"type({{0}}) is str and {{0}}.isprintable() and 0 < len({{0}}) <= {LONGEST_STRING}",
        "positiveInt": f"type({{0}}) is int and 0 < {{0}} <= {_LARGEST}",
        "string": f"type({{0}}) is str and {{0}}.isprintable() and 0 < len({{0}}) <= {LONGEST_STRING}",
        "uri": _ADDRESS,
        "url": _ADDRESS,
        "unsignedInt": f"type({{0}}) is int and 0 <= {{0}} <= {_LARGEST}",
    }
)
"""What is true of nearly every value of a type and of no other, as Python: it saves the call of the whole check."""

_ALLOWED: Mapping[str, str] = MappingProxyType(
    {
        "base64Binary": "base64 in groups of four characters",
        "boolean": "true or false without quotes",
        "canonical": "an absolute URI without white space, or # and the id of something in this resource",
        "code": "a string without white space at its ends or two gaps in a row",
        "date": "YYYY, YYYY-MM or YYYY-MM-DD on a day that the calendar has",
        "dateTime": "YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone, on a day that the calendar has",
        "decimal": "a JSON number",
        "id": "1 to 64 letters, digits, '-' and '.'",
        "instant": "YYYY-MM-DDThh:mm:ss with a time zone, on a day that the calendar has",
        "integer": "a whole JSON number of 32 bits",
        "markdown": "a string that is not empty, of a million characters at most, without control characters",
        "oid": "urn:oid: and an OID",
        "positiveInt": "a whole JSON number from 1 to 2147483647",
        "string": "a string that is not empty, of a million characters at most, without control characters",
        "time": "hh:mm:ss",
        "unsignedInt": "a whole JSON number from 0 to 2147483647",
        "uri": "a URI without white space, an OID or UUID as urn:",
        "url": "a URL without white space",
        "uuid": "urn:uuid: and a UUID in lower case",
        "xhtml": "one div in the XHTML namespace with the elements and attributes that a narrative may have",
    }
)


class Systems:
    """The URIs of systems that documents had, as they come with every coding and identifier: so many, and no others."""

    def __init__(self, most: int = 1000) -> None:
        self._known: set[str] = set()
        self._most = most
        check = is_uri

        def ok(value: Json, scope: Scope) -> bool:
            found = check(value)
            if found and len(self._known) < self._most:
                self._known.add(value)
            return found

        def write(source: Source, name: str) -> None:
            known = f"type({name}) is str and {name} in {source.bind(self._known)}"
            source.refuse_if(f"not ({known}) and not {source.bind(ok)}({name}, scope)")

        plain = primitive_rule("uri")
        self.rule = Rule(ok, plain.report, write=write)
        """The rule of the URI of a system."""


def primitive_rule(type: str) -> Rule:
    """The rule of a primitive type."""
    check = CHECKS[type]
    ok: Ok = check

    def once(value: Json, scope: Scope) -> bool:
        """A resource is held against several profiles, and reading its narrative costs more than all the rest."""
        known = scope.run.narratives
        if id(value) not in known:
            known[id(value)] = check(value)
        return known[id(value)]

    if type == "xhtml":
        ok = once
    if type == "canonical":
        ok = _points_at_something

    def write(source: Source, name: str) -> None:
        at_once = _AT_ONCE[type].format(name)
        source.refuse_if(f"not ({at_once}) and not {source.bind(ok)}({name}, scope)")

    text = f"The value is no {type}; write {_ALLOWED[type]}."
    return sentence(ok, f"type-{type}", "value", text, write=write if type in _AT_ONCE else None)
