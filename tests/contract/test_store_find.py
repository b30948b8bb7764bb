"""Lists of documents: by keys, in order, in pages that stay stable while documents come in."""

from dataclasses import replace

import pytest

from server.storage.port import Document, Found, Store
from tests.contract.places import a_document


def _minute(number: int) -> str:
    return f"2026-11-20T15:{number:02d}:00.000Z"


async def _fill(store: Store, many: int) -> list[Document]:
    """Documents in pairs of the same order, so that ties show; every third is pended."""
    documents = []
    for number in range(many):
        state = "pended" if number % 3 == 0 else "determined"
        keys = frozenset({f"state:{state}", f"member:{number % 2}"})
        documents.append(a_document(f"{number:03d}", order=_minute(number // 2), index=keys))
    for document in reversed(documents):
        await store.create(document)
    return documents


@pytest.mark.parametrize("newest_first", [False, True])
async def test_documents_are_listed_in_order_with_ties_by_id(store: Store, newest_first: bool) -> None:
    documents = await _fill(store, 12)
    await store.create(a_document("other", kind="assertion", index=frozenset({"member:0"})))

    found = await store.find("case", newest_first=newest_first)

    assert list(found.documents) == (documents[::-1] if newest_first else documents)
    assert found.after is None


@pytest.mark.parametrize(
    ("keys", "numbers"),
    [
        (["member:1"], [1, 3, 5, 7, 9, 11]),
        (["member:1", "state:pended"], [3, 9]),
        (["state:pended", "member:1", "member:1"], [3, 9]),
        (["member:1", "member:0"], []),
        (["member:2"], []),
    ],
)
async def test_documents_are_found_by_all_of_their_keys(store: Store, keys: list[str], numbers: list[int]) -> None:
    documents = await _fill(store, 12)

    found = await store.find("case", keys)

    assert found == Found(tuple(documents[number] for number in numbers))
    assert await store.count("case", keys) == len(numbers)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("keys", [[], ["state:determined"], ["state:determined", "member:1"]])
@pytest.mark.parametrize("limit", [1, 3, 100])
async def test_pages_give_each_document_once(store: Store, keys: list[str], newest_first: bool, limit: int) -> None:
    documents = [document for document in await _fill(store, 14) if document.index.issuperset(keys)]

    seen: list[Document] = []
    after = None
    while True:
        page = await store.find("case", keys, limit=limit, after=after, newest_first=newest_first)
        assert len(page.documents) <= limit
        seen += page.documents
        after = page.after
        if after is None:
            break

    assert seen == (documents[::-1] if newest_first else documents)


async def test_pages_stay_stable_while_documents_come_in(store: Store) -> None:
    documents = await _fill(store, 10)
    first = await store.find("case", limit=4)
    await store.create(a_document("000a", order=_minute(0)))
    await store.create(a_document("003a", order=_minute(1)))
    await store.create(a_document("zzz", order=_minute(50)))

    second = await store.find("case", limit=4, after=first.after)
    third = await store.find("case", limit=4, after=second.after)

    ids = [document.id for page in (first, second, third) for document in page.documents]
    assert ids == ["000", "001", "002", "003", "003a", *(d.id for d in documents[4:]), "zzz"]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("keys", [[], ["member:1"]])
async def test_what_keeps_its_order_comes_once_while_others_move_come_and_go(
    store: Store, keys: list[str], newest_first: bool
) -> None:
    documents = await _fill(store, 40)
    moving = {number: documents[number] for number in (3, 5, 11, 19, 29, 31, 37)}
    going = ["007", "033"]

    seen: list[str] = []
    after = None
    while True:
        page = await store.find("case", keys, limit=5, after=after, newest_first=newest_first)
        seen += [document.id for document in page.documents]
        after = page.after
        if after is None:
            break
        number, moved = moving.popitem() if moving else (0, None)
        if moved:
            await store.replace(replace(moved, version=2, order=_minute(59 if number < 20 else 0)))
        await store.remove("case", going[:1])
        going = going[1:]
        await store.create(a_document(f"new{len(seen)}", order=_minute(10), index=frozenset({"member:1"})))

    still = [each.id for each in documents if each.index.issuperset(keys)]
    still = [id for id in still if int(id) not in (3, 5, 11, 19, 29, 31, 37, 7, 33)]
    assert [id for id in seen if id in still] == (still[::-1] if newest_first else still)


async def test_a_document_moves_with_its_order(store: Store) -> None:
    documents = await _fill(store, 4)
    moved = replace(documents[0], version=2, order=_minute(30))

    await store.replace(moved)

    expected = (*documents[1:], moved)
    assert (await store.find("case")).documents == expected
    assert (await store.find("case", ["member:0"])).documents == (documents[2], moved)


async def test_documents_are_counted_by_kind(store: Store) -> None:
    await _fill(store, 5)
    await store.create(a_document("1", kind="assertion"))

    counts = [await store.count("case"), await store.count("assertion"), await store.count("feedback")]

    assert counts == [5, 1, 0]
