"""The one JSON reader and writer: exact decimals, and nothing that two readers could read differently.

RFC 8259 leaves duplicate keys, lone surrogates and huge numbers to the reader; a payer and a provider who read
the same bytes differently would decide on different requests, so those are refused here.
Spec page: https://hl7.org/fhir/R4/json.html
"""

import json as stdlib_json
from decimal import Decimal
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


class JsonRefused(ValueError):
    """The bytes are no JSON that we read. The message says what and where, and never quotes a value."""


class _NumberRefused(ValueError):
    pass


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    digits = len(number.as_tuple().digits)
    if digits > MAX_DIGITS or abs(number.adjusted()) > MAX_EXPONENT:
        raise _NumberRefused
    return number


_DECODER = msgspec.json.Decoder(float_hook=_decimal)
_BIG_INTEGER = 10**MAX_DIGITS


def read(body: bytes) -> Json:
    """The JSON value in `body`, numbers with a fraction or an exponent as exact Decimals.

    Raises JsonRefused for what is not JSON in UTF-8 without byte order mark, and for duplicate keys, lone surrogates,
    the character U+0000, more than MAX_DEPTH levels, and numbers beyond MAX_DIGITS digits or MAX_EXPONENT.
    """
    if not body.strip(b" \t\r\n"):
        raise JsonRefused("The body is empty; send one JSON document.")
    if body.startswith(b"\xef\xbb\xbf"):
        raise JsonRefused("The body starts with a byte order mark; send UTF-8 without one.")
    try:
        value = _DECODER.decode(body)
    except RecursionError:
        raise JsonRefused(f"The document nests deeper than {MAX_DEPTH} levels.") from None
    except UnicodeDecodeError as error:
        raise JsonRefused(f"The body is not valid UTF-8 (in a string, at its byte {error.start}).") from None
    except msgspec.ValidationError:
        raise JsonRefused(f"A number has more than {MAX_DIGITS} digits.") from None
    except msgspec.DecodeError as error:
        raise JsonRefused(f"The body is not JSON: {_without_values(str(error))}.") from None
    except _NumberRefused:
        raise JsonRefused(f"A number has more than {MAX_DIGITS} digits or an exponent beyond {MAX_EXPONENT}.") from None
    keys = _count_keys(value, 1)
    if body.count(b'":') != keys or any(gap in body for gap in (b" :", b"\t:", b"\n:", b"\r:")):
        _refuse_duplicate_keys(body)
    if b"\\u0000" in body and _has_nul(value):
        raise JsonRefused("A string holds the character U+0000.")
    return value


def write(value: Json) -> bytes:
    """The JSON of a value, Decimals written as the numbers they were read from."""
    return _ENCODER.encode(value)


def write_readable(value: Json) -> str:
    """The JSON of a value for people: indented, its numbers still as they were read."""
    return msgspec.json.format(write(value), indent=2).decode()


def _count_keys(value: Json, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise JsonRefused(f"The document nests deeper than {MAX_DEPTH} levels.")
    kind = type(value)
    if kind is dict:
        count = len(value)
        for child in value.values():
            child_kind = type(child)
            if child_kind is dict or child_kind is list:
                count += _count_keys(child, depth + 1)
            elif child_kind is int and not -_BIG_INTEGER < child < _BIG_INTEGER:
                raise JsonRefused(f"A number has more than {MAX_DIGITS} digits.")
        return count
    count = 0
    if kind is list:
        for child in value:
            child_kind = type(child)
            if child_kind is dict or child_kind is list:
                count += _count_keys(child, depth + 1)
            elif child_kind is int and not -_BIG_INTEGER < child < _BIG_INTEGER:
                raise JsonRefused(f"A number has more than {MAX_DIGITS} digits.")
    return count


def _refuse_duplicate_keys(body: bytes) -> None:
    """The exact check, run when the number of `":` in the bytes cannot prove that every key came once."""
    stdlib_json.loads(body, object_pairs_hook=_unique_pairs, parse_float=float)


def _unique_pairs(pairs: list[tuple[str, Json]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise JsonRefused("An object has the same key twice.")


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


def _without_values(message: str) -> str:
    """msgspec names positions and single characters only; keep that and drop its own prefix."""
    return message.removeprefix("JSON is malformed: ").rstrip(".")
