"""REST searches: the entries that match, in order, on every store the same.

Spec page: https://hl7.org/fhir/R4/search.html
"""

import random
from dataclasses import replace

import pytest

from server.storage.port import DateRange, Document, Entry, EntryQuery, Store
from tests.contract.places import a_document, an_entry


def _minute(number: int) -> str:
    return f"2026-11-20T15:{number:02d}:00.000Z"


def _ids(found: tuple[object, ...]) -> list[str]:
    return [stored.entry.id for stored in found]  # type: ignore[attr-defined]


async def test_an_entry_is_read_with_its_document(store: Store) -> None:
    entry = an_entry("c1", "status=active", digest="a" * 64, position=3, date_low=_minute(1), date_high=_minute(2))
    await store.create(a_document("case-1", entries=(entry, an_entry("r1", type="ClaimResponse", position=None))))

    found = await store.read_entry("Claim", "c1")

    assert found is not None
    assert (found.entry, found.document_id, found.document_version) == (entry, "case-1", 1)


async def test_all_terms_must_hold_and_any_alternative_does(store: Store) -> None:
    await store.create(a_document("1", entries=(an_entry("1", "status=active", "patient=Patient/1", "identifier=1"),)))
    await store.create(a_document("2", entries=(an_entry("2", "status=draft", "patient=Patient/1", "identifier=2"),)))
    await store.create(a_document("3", entries=(an_entry("3", "status=active", "patient=Patient/2", "identifier=3"),)))
    searches = {
        "patient": [{"patient=Patient/1"}],
        "patient and status": [{"patient=Patient/1"}, {"status=active"}],
        "status or status": [{"status=active", "status=draft"}],
        "unknown alternative": [{"status=cancelled", "status=draft"}],
        "contradiction": [{"status=active"}, {"status=draft"}],
        "nothing allowed": [{"status=active"}, set()],
        "many alternatives": [{f"identifier={number}" for number in range(2, 1000)}],
    }

    queries = {name: EntryQuery("Claim", [frozenset(term) for term in terms]) for name, terms in searches.items()}
    found = {name: _ids(await store.search_entries(query)) for name, query in queries.items()}

    assert found == {
        "patient": ["1", "2"],
        "patient and status": ["1"],
        "status or status": ["1", "2", "3"],
        "unknown alternative": ["2"],
        "contradiction": [],
        "nothing allowed": [],
        "many alternatives": ["2", "3"],
    }
    assert {name: await store.count_entries(query) for name, query in queries.items()} == {
        name: len(ids) for name, ids in found.items()
    }


async def test_terms_of_one_entry_are_not_mixed_with_those_of_its_neighbours(store: Store) -> None:
    entries = (an_entry("1", "status=active", "use=claim"), an_entry("2", "status=draft", "use=preauthorization"))
    response = an_entry("1", "status=active", "use=preauthorization", type="ClaimResponse")
    await store.create(a_document(entries=(*entries, response)))

    mixed = EntryQuery("Claim", [frozenset({"status=active"}), frozenset({"use=preauthorization"})])
    plain = EntryQuery("Claim", [frozenset({"status=draft"})])

    assert _ids(await store.search_entries(mixed)) == []
    assert _ids(await store.search_entries(plain)) == ["2"]


async def test_an_equal_id_of_another_type_is_another_entry(store: Store) -> None:
    await store.create(a_document(entries=(an_entry("1", "a=1"), an_entry("1", "a=2", type="ClaimResponse"))))

    found = [
        await store.search_entries(EntryQuery("Claim", ids=frozenset({"1", "2"}))),
        await store.search_entries(EntryQuery("ClaimResponse", ids=frozenset({"1"}))),
        await store.search_entries(EntryQuery("Claim", [frozenset({"a=2"})], ids=frozenset({"1"}))),
        await store.search_entries(EntryQuery("Claim", ids=frozenset())),
    ]

    assert [[(stored.entry.type, stored.entry.id) for stored in page] for page in found] == [
        [("Claim", "1")],
        [("ClaimResponse", "1")],
        [],
        [],
    ]


async def test_pages_of_a_search_stay_stable_while_entries_come_in(store: Store) -> None:
    terms = ("status=active",)
    for number in range(6):
        entry = an_entry(f"{number}", *terms, updated=_minute(number // 2))
        await store.create(a_document(f"{number}", entries=(entry,)))
    query = EntryQuery("Claim", [frozenset(terms)], limit=2)
    first = await store.search_entries(query)
    await store.create(a_document("early", entries=(an_entry("0a", *terms, updated=_minute(0)),)))
    await store.create(a_document("tie", entries=(an_entry("1a", *terms, updated=_minute(0)),)))
    await store.create(a_document("late", entries=(an_entry("9", *terms, updated=_minute(9)),)))

    ids = _ids(first)
    page = first
    while page:
        page = await store.search_entries(replace(query, after=(page[-1].entry.updated, page[-1].entry.id)))
        ids += _ids(page)

    assert ids == ["0", "1", "1a", "2", "3", "4", "5", "9"]
    assert await store.count_entries(replace(query, after=(_minute(2), "5"))) == 9


def _matches(entry: Entry, query: EntryQuery) -> bool:
    """The definition of a match, entry by entry."""

    def holds(date: DateRange) -> bool:
        end = entry.date_low if date.field == "low" else entry.date_high
        if end is None:
            return False
        return {"<": end < date.value, "<=": end <= date.value, ">": end > date.value, ">=": end >= date.value}[
            date.operator
        ]

    return (
        entry.type == query.type
        and (query.ids is None or entry.id in query.ids)
        and all(entry.terms & alternatives for alternatives in query.terms)
        and all(holds(date) for date in query.dates)
        and all(any(holds(date) for date in group) for group in query.dates_any)
        and (query.after is None or (entry.updated, entry.id) > query.after)
    )


def _some_documents(chance: random.Random) -> list[Document]:
    documents = []
    for number in range(60):
        entries = []
        for position in range(chance.randint(1, 3)):
            low = chance.randint(0, 40)
            dated = {"date_low": _minute(low), "date_high": _minute(low + chance.randint(1, 9))}
            terms = {f"{name}={chance.randint(1, many)}" for name, many in (("a", 2), ("b", 5), ("c", 20))}
            entries.append(
                an_entry(
                    f"{number}-{position}",
                    *terms,
                    type=chance.choice(["Claim", "Claim", "ClaimResponse"]),
                    updated=_minute(chance.randint(0, 9)),
                    **(dated if chance.random() < 0.8 else {}),
                )
            )
        documents.append(a_document(f"{number}", entries=tuple(entries)))
    return documents


def _some_query(chance: random.Random, entries: list[Entry]) -> EntryQuery:
    def date() -> DateRange:
        return DateRange(
            chance.choice(["low", "high"]), chance.choice(["<", "<=", ">", ">="]), _minute(chance.randint(5, 45))
        )

    def term() -> frozenset[str]:
        name, many = chance.choice([("a", 2), ("b", 5), ("c", 20)])
        return frozenset(f"{name}={chance.randint(1, many)}" for _ in range(chance.choice([1, 1, 2, 12])))

    start = chance.choice(entries)
    return EntryQuery(
        type=chance.choice(["Claim", "Claim", "ClaimResponse"]),
        terms=[term() for _ in range(chance.choice([0, 1, 1, 2, 3]))],
        ids=chance.choice([None, None, frozenset(entry.id for entry in chance.sample(entries, 30))]),
        dates=[date() for _ in range(chance.choice([0, 0, 1, 2]))],
        dates_any=[[date(), date()] for _ in range(chance.choice([0, 0, 1]))],
        limit=chance.choice([1, 5, 200]),
        after=chance.choice([None, (start.updated, start.id)]),
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_search_gives_what_the_definition_gives(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    documents = _some_documents(chance)
    entries = [entry for document in documents for entry in document.entries]
    for document in documents:
        await store.create(document)

    for _ in range(60):
        query = _some_query(chance, entries)
        matching = sorted((e for e in entries if _matches(e, query)), key=lambda entry: (entry.updated, entry.id))
        counted = [entry for entry in entries if _matches(entry, replace(query, after=None))]

        assert [stored.entry for stored in await store.search_entries(query)] == matching[: query.limit], query
        assert await store.count_entries(query) == len(counted), query
