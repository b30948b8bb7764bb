"""Documents: what is written is there exactly, once, and under its keys."""

from dataclasses import replace
from decimal import Decimal

import pytest

from server.errors import Duplicate, VersionConflict
from server.storage.port import DocumentTooLarge, EntryQuery, PayloadMissing, Store
from tests.contract.places import Place, a_document, an_entry


async def test_a_document_comes_back_as_it_was_written(store: Store) -> None:
    digest = await store.put_payload(b"{}")
    document = a_document(
        body={"items": [{"sequence": 1, "text": "ü𝄞\n"}], "none": None, "flag": True, "big": 2**53 + 1},
        unique=frozenset({"request:1", "authorization:PA1"}),
        index=frozenset({"member:1", "state:pended"}),
        entries=(an_entry("1", "status=active", digest=digest, date_low="2026-11-20", date_high="2026-11-21"),),
        payloads=frozenset({digest}),
    )

    await store.create(document)

    assert await store.get("case", "1") == document
    assert await store.get_by_unique("case", "authorization:PA1") == document
    assert (await store.find("case", ["member:1", "state:pended"])).documents == (document,)


async def test_what_is_not_there_is_none(store: Store) -> None:
    await store.create(a_document(unique=frozenset({"request:1"}), entries=(an_entry("1"),)))

    found = [
        await store.get("case", "2"),
        await store.get("assertion", "1"),
        await store.get_by_unique("assertion", "request:1"),
        await store.get_by_unique("case", "request:2"),
        await store.read_entry("ClaimResponse", "1"),
        await store.get_payload("0" * 64),
        await store.get_payload("not a digest"),
    ]

    assert found == [None] * 7


@pytest.mark.parametrize(
    "body",
    [
        {"": 1, "$set": {"a.b": 1}, ".": [], "$": None, "_id": 7, "a\tb": "\u2028"},
        {"number": Decimal("100.50"), "small": Decimal("1E-30"), "integer": 10**30},
        [[], {}, "", 0, False, None],
        "text",
        None,
    ],
    ids=["odd keys", "exact numbers", "list", "text", "null"],
)
async def test_a_body_survives_exactly(store: Store, body: object) -> None:
    await store.create(a_document(body=body))

    found = await store.get("case", "1")

    assert found is not None
    assert found.body == body
    assert repr(found.body) == repr(body)


async def test_a_body_may_nest_as_deep_as_a_request(store: Store) -> None:
    body: object = "end"
    for level in range(120):
        body = {"child": body} if level % 2 else [body]

    await store.create(a_document(body=body))

    found = await store.get("case", "1")
    assert found is not None
    assert found.body == body


@pytest.mark.parametrize(
    "key",
    ["x" * 20_000, "a\x00b", "tab\tline\n", "𝄞ü", "a|b", "$where", "#sha256:", " "],
    ids=lambda key: ascii(key)[:12],
)
async def test_keys_and_terms_may_be_any_text(store: Store, key: str) -> None:
    document = a_document(
        unique=frozenset({key, key + "."}), index=frozenset({key}), entries=(an_entry("1", f"identifier={key}"),)
    )

    await store.create(document)

    assert await store.get_by_unique("case", key) == document
    assert await store.get_by_unique("case", key + ".") == document
    assert (await store.find("case", [key])).documents == (document,)
    query = EntryQuery("Claim", [frozenset({f"identifier={key}"})])
    assert [found.entry for found in await store.search_entries(query)] == list(document.entries)
    assert await store.get("case", key) is None
    assert await store.read_entry("Claim", key) is None


async def test_an_id_is_given_once(store: Store) -> None:
    await store.create(a_document(body=1))

    with pytest.raises(Duplicate) as refused:
        await store.create(a_document(body=2, unique=frozenset({"request:2"})))

    assert refused.value.key == "id"
    assert await store.get("case", "1") == a_document(body=1)
    assert await store.get_by_unique("case", "request:2") is None
    await store.create(a_document(kind="assertion"))


async def test_a_unique_key_is_held_once_in_its_kind(store: Store) -> None:
    await store.create(a_document("1", unique=frozenset({"request:1", "authorization:PA1"})))

    with pytest.raises(Duplicate) as refused:
        await store.create(a_document("2", unique=frozenset({"request:2", "authorization:PA1"})))

    assert refused.value.key == "authorization:PA1"
    assert await store.get("case", "2") is None
    assert await store.get_by_unique("case", "request:2") is None
    await store.create(a_document("2", kind="assertion", unique=frozenset({"authorization:PA1"})))


async def test_an_entry_is_held_once_in_the_whole_store(store: Store) -> None:
    await store.create(a_document("1", entries=(an_entry("7"),)))

    with pytest.raises(Duplicate) as refused:
        await store.create(a_document("2", kind="assertion", entries=(an_entry("8"), an_entry("7"))))
    with pytest.raises(Duplicate) as twice:
        await store.create(a_document("3", entries=(an_entry("9"), an_entry("9"))))

    assert (refused.value.key, twice.value.key) == ("Claim/7", "Claim/9")
    assert await store.read_entry("Claim", "8") is None
    assert await store.get("case", "3") is None
    await store.create(a_document("2", entries=(an_entry("7", type="ClaimResponse"),)))


async def test_a_replacement_takes_the_keys_of_the_new_version_only(store: Store) -> None:
    first = a_document(
        unique=frozenset({"request:1", "reference:1"}),
        index=frozenset({"state:pended", "member:1"}),
        entries=(an_entry("1", "status=active", "use=preauthorization"), an_entry("2", "status=active")),
    )
    await store.create(first)
    second = replace(
        first,
        version=2,
        body="second",
        order="2026-11-20T16:00:00.000Z",
        unique=frozenset({"request:1", "authorization:PA1"}),
        index=frozenset({"state:determined", "member:1"}),
        entries=(an_entry("1", "status=cancelled", "use=preauthorization", updated="2026-11-20T16:00:00.000Z"),),
    )

    await store.replace(second)

    assert await store.get("case", "1") == second
    assert await store.get_by_unique("case", "reference:1") is None
    assert await store.get_by_unique("case", "authorization:PA1") == second
    assert (await store.find("case", ["state:pended"])).documents == ()
    assert (await store.find("case", ["member:1"])).documents == (second,)
    assert await store.read_entry("Claim", "2") is None
    found = await store.read_entry("Claim", "1")
    assert found is not None
    assert (found.entry, found.document_id, found.document_version) == (second.entries[0], "1", 2)
    await store.create(a_document("2", unique=frozenset({"reference:1"}), entries=(an_entry("2"),)))


@pytest.mark.parametrize("version", [1, 2, 4])
async def test_only_the_next_version_replaces(store: Store, version: int) -> None:
    await store.create(a_document())
    await store.replace(a_document(version=2, body="second"))

    with pytest.raises(VersionConflict):
        await store.replace(a_document(version=version, body="late"))

    assert await store.get("case", "1") == a_document(version=2, body="second")


async def test_what_is_not_there_is_not_replaced(store: Store) -> None:
    await store.create(a_document("1"))

    with pytest.raises(VersionConflict):
        await store.replace(a_document("2", version=2))

    assert await store.get("case", "2") is None


async def test_a_replacement_may_not_take_a_key_of_another(store: Store) -> None:
    await store.create(a_document("1", unique=frozenset({"authorization:PA1"})))
    await store.create(a_document("2", index=frozenset({"state:pended"})))

    with pytest.raises(Duplicate) as refused:
        await store.replace(a_document("2", version=2, body="late", unique=frozenset({"authorization:PA1"})))

    assert refused.value.key == "authorization:PA1"
    assert await store.get("case", "2") == a_document("2", index=frozenset({"state:pended"}))


async def test_a_document_that_names_a_missing_payload_cannot_exist(store: Store) -> None:
    here = await store.put_payload(b"here")
    await store.create(a_document("1"))

    with pytest.raises(PayloadMissing):
        await store.create(a_document("2", unique=frozenset({"request:2"}), payloads=frozenset({here, "f" * 64})))
    with pytest.raises(PayloadMissing):
        await store.replace(a_document("1", version=2, payloads=frozenset({here, "f" * 64})))

    assert await store.get("case", "2") is None
    assert await store.get_by_unique("case", "request:2") is None
    assert await store.get("case", "1") == a_document("1")


async def test_a_document_too_large_for_any_store_is_refused(store: Store) -> None:
    document = a_document(body="x" * 12_100_000)

    with pytest.raises(DocumentTooLarge):
        await store.create(document)

    assert await store.get("case", "1") is None


async def test_documents_outlive_the_process(place: Place) -> None:
    first = await place.open()
    digest = await first.put_payload(b"request")
    document = a_document(unique=frozenset({"request:1"}), entries=(an_entry("1"),), payloads=frozenset({digest}))
    await first.create(document)
    await first.close()

    again = await place.open()

    assert await again.get("case", "1") == document
    assert await again.get_payload(digest) == b"request"
    with pytest.raises(Duplicate):
        await again.create(a_document("2", unique=frozenset({"request:1"})))
