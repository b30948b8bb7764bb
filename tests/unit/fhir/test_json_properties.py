"""The JSON reader and writer against documents that nobody thought of."""

import json as stdlib_json
from decimal import Decimal

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.fhir import json

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
INTEGERS = st.integers(-(10**json.MAX_DIGITS) + 1, 10**json.MAX_DIGITS - 1)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | INTEGERS | DECIMALS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=30,
)


@settings(deadline=None)
@given(DOCUMENTS)
def test_what_is_written_is_read_back_exactly(document: json.Json) -> None:
    written = json.write(document)

    read = json.read(written)

    assert repr(read) == repr(document)


@settings(deadline=None)
@given(DOCUMENTS)
def test_indenting_changes_no_value(document: json.Json) -> None:
    written = json.write_readable(document).encode()

    read = json.read(written)

    assert repr(read) == repr(document)


@settings(deadline=None)
@given(st.integers(-999, 999), st.integers(0, 999), st.integers(1, 9))
@example(whole=0, fraction=0, width=7)
@example(whole=0, fraction=1, width=9)
def test_a_decimal_keeps_every_digit_that_was_sent(whole: int, fraction: int, width: int) -> None:
    sent = f"{whole}.{fraction:0{width}d}".encode()

    written = json.write(json.read(b'{"value":' + sent + b"}"))

    assert written == b'{"value":' + sent + b"}"


@settings(deadline=None)
@given(st.dictionaries(TEXTS, INTEGERS, min_size=1, max_size=5), st.data())
def test_a_key_that_comes_twice_is_always_seen(pairs: dict[str, int], data: st.DataObject) -> None:
    repeated = data.draw(st.sampled_from(sorted(pairs)))
    members = [f"{stdlib_json.dumps(key)}:{value}" for key, value in [*pairs.items(), (repeated, 0)]]
    body = ("{" + ",".join(data.draw(st.permutations(members))) + "}").encode()

    refused = ""
    try:
        json.read(body)
    except json.JsonRefused as error:
        refused = str(error)

    assert refused == "An object has the same key twice; readers would differ on which one counts."


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]":,\\u0dD8 1.e-ntrue', max_size=40).map(str.encode))
def test_any_bytes_are_read_or_refused_and_never_fail_otherwise(body: bytes) -> None:
    try:
        read = json.read(body)
    except json.JsonRefused:
        return

    assert stdlib_json.loads(body, parse_float=Decimal) == read
