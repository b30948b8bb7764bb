"""One use of everything that the port offers, to look at what it asks of a database."""

from server.storage.port import DateRange, EntryQuery, Store
from tests.contract.places import a_document, an_entry


async def every_call(store: Store) -> None:
    """Every method of the port, with every shape of its arguments that changes what a database is asked."""
    digest = await store.put_payload(b"small")
    await store.get_payload(digest)
    await store.create(
        a_document("1", unique=frozenset({"k"}), index=frozenset({"a", "b"}), payloads=frozenset({digest}))
    )
    entries = (an_entry("1", "x=1", "y=1", date_low="a", date_high="b"),)
    await store.replace(a_document("1", version=2, index=frozenset({"a"}), entries=entries), [b"small", b"other"])
    await store.replace(a_document("1", version=3, index=frozenset({"a"}), order="2026-11-21T15:00:00.000Z"))
    await store.create_many([a_document("2", unique=frozenset({"m"}), payloads=frozenset({digest}))])
    await store.replace_many([a_document("2", version=2), a_document("2", version=7)])
    await store.get_many("case", ["1", "2"])
    await store.remove("case", ["2"])
    await store.get("case", "1")
    await store.get_by_unique("case", "k")
    await store.read_entry("Claim", "1")
    await store.sweep_payloads("2027")
    after = ("2026-11-20T15:00:00.000Z", "1")
    for keys in ([], ["a"], ["a", "b"]):
        await store.count("case", keys)
        for newest_first in (True, False):
            for position in (None, after):
                await store.find("case", keys, after=position, newest_first=newest_first)
    low, high = DateRange("low", ">=", "a"), DateRange("high", "<", "b")
    one, several, many = frozenset({"x=1"}), frozenset({"x=1", "y=1"}), frozenset(f"x={n}" for n in range(20))
    for terms in ([], [one], [one, several], [several], [many], [many, one]):
        for dates in ([], [low], [high], [low, high]):
            for ids in (None, frozenset({"1", "2"})):
                query = EntryQuery(
                    "Claim", terms, ids=ids, dates=dates, dates_any=[[low, high]] * len(dates), after=after
                )
                await store.search_entries(query)
                await store.count_entries(query)
