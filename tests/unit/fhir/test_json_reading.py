"""What the JSON reader takes and refuses, byte by byte."""

from decimal import Decimal

import pytest

from server.fhir import json

DIGITS = f"A number has more than {json.MAX_DIGITS} digits, or an exponent beyond {json.MAX_EXPONENT}."
DEPTH = f"The document nests deeper than {json.MAX_DEPTH} levels."
TWICE = "An object has the same key twice; readers would differ on which one counts."
HALF = "A string has one half of a surrogate pair without the other; write the whole character."
UTF8 = "A string is not valid UTF-8; send the whole document in UTF-8."

REFUSED = {
    "nothing": (b"", "The body is empty; send one JSON document."),
    "only space": (b" \r\n\t", "The body is empty; send one JSON document."),
    "byte order mark": (b"\xef\xbb\xbf{}", "The body starts with a byte order mark; send UTF-8 without one."),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "The body is not JSON: invalid character (byte 0)."),
    "broken off": (b'{"a":', "The body is not JSON: Input data was truncated."),
    "two documents": (b"{}{}", "The body is not JSON: trailing characters (byte 3)."),
    "words": (b"hello", "The body is not JSON: invalid character (byte 0)."),
    "single quotes": (b"{'a':1}", "The body is not JSON: object keys must be strings (byte 1)."),
    "comment": (b'{/**/"a":1}', "The body is not JSON: object keys must be strings (byte 1)."),
    "trailing comma": (b'{"a":1,}', "The body is not JSON: trailing comma in object (byte 7)."),
    "unknown escape": (b'{"a":"\\x"}', "The body is not JSON: invalid escape character in string (byte 8)."),
    "control character": (b'{"a":"\x01"}', "The body is not JSON: invalid character (byte 6)."),
    "NaN": (b'{"a":NaN}', "The body is not JSON: invalid character (byte 5)."),
    "Infinity": (b'{"a":-Infinity}', "The body is not JSON: invalid character (byte 6)."),
    "leading zero": (b'{"a":01}', "The body is not JSON: invalid number (byte 6)."),
    "leading plus": (b'{"a":+1}', "The body is not JSON: invalid character (byte 5)."),
    "number without digits": (b'{"a":1.}', "The body is not JSON: invalid number (byte 7)."),
    "long integer": (b'{"a":%s}' % (b"1" * 41), DIGITS),
    "long integer in a list": (b"[-%s]" % (b"1" * 41), DIGITS),
    "long integer alone": (b"1" * 41, DIGITS),
    "integer of 5000 digits": (b'{"a":%s}' % (b"1" * 5000), DIGITS),
    "long decimal": (b'{"a":0.%s}' % (b"1" * 41), DIGITS),
    "large exponent": (b'{"a":1e309}', DIGITS),
    "small exponent": (b'{"a":1e-309}', DIGITS),
    "exponent beyond any number": (b'{"a":1e99999999999999999999}', DIGITS),
    "large decimal alone": (b"1e309", DIGITS),
    "key twice": (b'{"a":1,"a":2}', TWICE),
    "key twice, once escaped": (b'{"a":1,"\\u0061":2}', TWICE),
    "key twice before gaps": (b'{"a" :1,"a"\n :2}', TWICE),
    "key twice deep inside": (b'{"b":[{"a":1,"a":1}]}', TWICE),
    "key twice beside what looks like a key": (b'{"a":1,"a":"\\":"}', TWICE),
    "first half of a pair": (b'{"a":"\\ud83d"}', HALF),
    "first half, then text": (b'{"a":"\\ud83dx"}', HALF),
    "second half": (b'{"a":"\\ude00"}', HALF),
    "halves in the wrong order": (b'{"a":"\\ude00\\ud83d"}', HALF),
    "half in a key": (b'{"\\ud83d":1}', HALF),
    "byte that UTF-8 has not": (b'{"a":"\xff"}', UTF8),
    "half of a pair in UTF-8": (b'{"a":"\xed\xa0\xbd"}', UTF8),
    "overlong UTF-8": (b'{"a":"\xc0\xaf"}', UTF8),
    "bad UTF-8 in a key": (b'{"\xff":1}', UTF8),
    "U+0000": (b'{"a":"x\\u0000"}', "A string holds the character U+0000, which no FHIR type allows."),
    "U+0000 in a key": (b'[{"\\u0000":1}]', "A string holds the character U+0000, which no FHIR type allows."),
    "101 lists": (b"[" * 101 + b"]" * 101, DEPTH),
    "101 objects": (b'{"a":' * 101 + b"1" + b"}" * 101, DEPTH),
    "10,000 lists": (b"[" * 10_000 + b"]" * 10_000, DEPTH),
    "10,000 objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, DEPTH),
    "10,000 lists that never end": (b"[" * 10_000, DEPTH),
}

TAKEN = {
    "exact decimal": (b'{"a":100.50}', {"a": Decimal("100.50")}),
    "exponent": (b'{"a":1E2}', {"a": Decimal("1E+2")}),
    "integer of 40 digits": (b'{"a":%s}' % (b"9" * 40), {"a": 10**40 - 1}),
    "integer beyond 64 bits": (b'{"a":-123456789012345678901}', {"a": -123456789012345678901}),
    "whole pair": (b'{"a":"\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    "escaped backslash before u0000": (b'{"a":"\\\\u0000"}', {"a": "\\u0000"}),
    "gaps around the colon": (b'{"a" :\n1 ,"b"\t: [ ] }', {"a": 1, "b": []}),
    "what looks like a key in a string": (b'{"a":"{\\"b\\":1}"}', {"a": '{"b":1}'}),
    "same key in two objects": (b'[{"a":1},{"a":2}]', [{"a": 1}, {"a": 2}]),
    "unknown elements and null": (b'{"_x":null,"":{}}', {"_x": None, "": {}}),
    "text alone": (b'"x"', "x"),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_refuses(body: bytes, message: str) -> None:
    with pytest.raises(json.JsonRefused) as refused:
        json.read(body)

    assert str(refused.value) == message


@pytest.mark.parametrize(("body", "value"), TAKEN.values(), ids=TAKEN)
def test_takes(body: bytes, value: json.Json) -> None:
    read = json.read(body)

    assert read == value
    assert repr(read) == repr(value)


def test_takes_the_deepest_document_that_is_allowed() -> None:
    body = b"[" * json.MAX_DEPTH + b"]" * json.MAX_DEPTH

    read = json.read(body)

    assert json.write(read) == body


def test_a_refusal_never_quotes_what_the_body_says() -> None:
    bodies = [
        b'{"MARK-1": MARK-2}',
        b'{"MARK-1":1,"MARK-1":1}',
        b'{"MARK-1":"MARK\\ud800"}',
        b'{"MARK-1":"MARK\\q"}',
        b'{"MARK-1":"MARK\xff"}',
        b'{"MARK-1":["MARK\\u0000"]}',
        b'{"MARK-1":"MARK',
    ]

    messages = []
    for body in bodies:
        with pytest.raises(json.JsonRefused) as refused:
            json.read(body)
        messages.append(str(refused.value))

    assert [message for message in messages if "MARK" in message] == []
