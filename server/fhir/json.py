"""The one JSON reader and writer: exact decimals, and nothing that two readers could read differently.

RFC 8259 leaves duplicate keys, lone surrogates and huge numbers to the reader; a payer and a provider who read
the same bytes differently would decide on different requests, so those are refused here.
Spec page: https://hl7.org/fhir/R4/json.html
"""

import json as stdlib_json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

Json = Any
"""A JSON value as read: dict, list, str, int, Decimal, bool or None. The only place where `Any` is meant."""

MAX_DEPTH = 100
"""Levels of objects and arrays that a document may nest; the same for every route and every store."""

MAX_DIGITS = 40
"""Digits of the longest number that is read; FHIR asks systems to keep 18."""

MAX_EXPONENT = 308
"""Largest power of ten of a number that is read."""

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_SORTING_ENCODER = msgspec.json.Encoder(decimal_format="number", order="sorted")


class JsonRefused(ValueError):
    """The bytes are no JSON that we read. The message says what and where, and never quotes a value."""


class _NumberRefused(ValueError):
    pass


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise _NumberRefused from None
    if len(number.as_tuple().digits) > MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT:
        raise _NumberRefused
    return number


_DECODER = msgspec.json.Decoder(float_hook=_decimal)
_BIG_INTEGER = 10**MAX_DIGITS
_GAPS = b" \t\r\n"
_HALF_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})")

_TOO_DEEP = f"The document nests deeper than {MAX_DEPTH} levels."
_TOO_LONG_NUMBER = f"A number has more than {MAX_DIGITS} digits, or an exponent beyond {MAX_EXPONENT}."
_HALF_SURROGATE = "A string has one half of a surrogate pair without the other; write the whole character."
_KEY_TWICE = "An object has the same key twice; readers would differ on which one counts."


def read(body: bytes) -> Json:
    """The JSON value in `body`, numbers with a fraction or an exponent as exact Decimals.

    Raises JsonRefused for what is not JSON in UTF-8 without byte order mark, and for duplicate keys, lone surrogates,
    the character U+0000, more than MAX_DEPTH levels, and numbers beyond MAX_DIGITS digits or MAX_EXPONENT.
    """
    value = _decoded(body)
    if type(value) is int:
        _check_integer(value)
    keys = _count_keys(value, 1)
    # Each key that was written ends in `":`, so as many of those as keys were kept proves that none came twice. Gaps
    # are dropped first, as a key may have one before its colon. What looks like a key inside of a string makes the
    # number too large, never too small, and then the exact check decides.
    if body.translate(None, _GAPS).count(b'":') != keys:
        _refuse_duplicate_keys(body)
    if b"\\" in body and b"\\u0000" in body and _has_nul(value):
        raise JsonRefused("A string holds the character U+0000, which no FHIR type allows.")
    return value


def read_again(body: bytes) -> Json:
    """The JSON value of bytes that `read` took before, or that were written here: what is kept is not checked twice."""
    return _DECODER.decode(body)


def _decoded(body: bytes) -> Json:
    if not body.strip(_GAPS):
        raise JsonRefused("The body is empty; send one JSON document.")
    if body.startswith(b"\xef\xbb\xbf"):
        raise JsonRefused("The body starts with a byte order mark; send UTF-8 without one.")
    try:
        return _DECODER.decode(body)
    except RecursionError:
        raise JsonRefused(_TOO_DEEP) from None
    except UnicodeDecodeError:
        raise JsonRefused("A string is not valid UTF-8; send the whole document in UTF-8.") from None
    except (msgspec.ValidationError, _NumberRefused):
        raise JsonRefused(_TOO_LONG_NUMBER) from None
    except msgspec.DecodeError as error:
        raise JsonRefused(_malformed(body, str(error))) from None


def _malformed(body: bytes, message: str) -> str:
    """msgspec names positions and single characters only; keep that and drop its own prefix."""
    if "surrogate" in message or ("truncated" in message and _HALF_PAIR.search(body)):
        return _HALF_SURROGATE
    return f"The body is not JSON: {message.removeprefix('JSON is malformed: ').rstrip('.')}."


def write(value: Json) -> bytes:
    """The JSON of a value, Decimals with the digits they were read with: 0.0000001 is never 1E-7."""
    return _written(value, _ENCODER)


def write_sorted(value: Json) -> bytes:
    """The same with the members of each object in the order of their names: equal values have equal bytes."""
    return _written(value, _SORTING_ENCODER)


def _written(value: Json, encoder: msgspec.json.Encoder) -> bytes:
    written = encoder.encode(value)
    return encoder.encode(_plain(value)) if b"E-" in written else written


def _plain(value: Json) -> Json:
    """The value with small Decimals spelled out; only asked for when one may be there, as it copies."""
    match value:
        case dict():
            return {key: _plain(child) for key, child in value.items()}
        case list() | tuple():
            return [_plain(child) for child in value]
        case Decimal() if value.is_finite() and value.as_tuple().exponent <= 0:  # type: ignore[operator]
            return msgspec.Raw(format(value, "f").encode())
        case _:
            return value


def write_readable(value: Json) -> str:
    """The JSON of a value for people: indented, its numbers still as they were read."""
    return msgspec.json.format(write(value), indent=2).decode()


def _count_keys(value: Json, depth: int) -> int:
    """How many keys all objects have together. Checks depth and integers on the way: one walk is what costs."""
    kind = type(value)
    if kind is not dict and kind is not list:
        return 0
    if depth > MAX_DEPTH:
        raise JsonRefused(_TOO_DEEP)
    count = len(value) if kind is dict else 0
    for child in value.values() if kind is dict else value:
        child_kind = type(child)
        if child_kind is dict or child_kind is list:
            count += _count_keys(child, depth + 1)
        elif child_kind is int:
            _check_integer(child)
    return count


def _check_integer(number: int) -> None:
    if not -_BIG_INTEGER < number < _BIG_INTEGER:
        raise JsonRefused(_TOO_LONG_NUMBER)


def _refuse_duplicate_keys(body: bytes) -> None:
    """The exact check, run when the number of `":` in the bytes cannot prove that every key came once."""
    stdlib_json.loads(body, object_pairs_hook=_unique_pairs, parse_float=float)


def _unique_pairs(pairs: list[tuple[str, Json]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise JsonRefused(_KEY_TWICE)


def _has_nul(value: Json) -> bool:
    match value:
        case str():
            return "\x00" in value
        case dict():
            return any("\x00" in key or _has_nul(child) for key, child in value.items())
        case list():
            return any(_has_nul(child) for child in value)
        case _:
            return False
