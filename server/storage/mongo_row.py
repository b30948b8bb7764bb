"""A document as a row of MongoDB: keys in arrays for the multikey indexes, head and body as the bytes of `record.py`.

Spec page: https://www.mongodb.com/docs/manual/core/index-multikey/
"""

from collections.abc import Sequence

from server.storage.mongo_driver import Bson
from server.storage.mongo_keys import key_name, term_name, unique_name
from server.storage.port import Document, Entry
from server.storage.record import Record, entry_key
from server.storage.record import unpack as unpack_document

FIELDS = {"kind": 1, "id": 1, "version": 1, "order": 1, "head": 1, "body": 1}
"""What `document_of` reads of a row."""


def row_of(record: Record) -> Bson:
    """The row of a document."""
    document = record.document
    row: Bson = {
        "_id": unique_name(document.kind, document.id),
        "kind": document.kind,
        "id": document.id,
        "version": document.version,
        "order": document.order,
        "head": record.head,
        "body": record.body,
        "index": [_kind_name(document.kind), *(unique_name(document.kind, key) for key in sorted(document.index))],
    }
    lists: Bson = {
        "unique": [unique_name(document.kind, key) for key in sorted(document.unique)],
        "entries": [_bson_entry(entry) for entry in document.entries],
        "payloads": sorted(document.payloads),
    }
    # Without the empty ones: the indexes over them are sparse.
    return row | {name: values for name, values in lists.items() if values}


def _bson_entry(entry: Entry) -> Bson:
    return {
        "key": key_name(entry_key(entry.type, entry.id)),
        "id": entry.id,
        "type": entry.type,
        "terms": [term_name(entry.type, term) for term in sorted(entry.terms)],
        "updated": entry.updated,
        "low": entry.date_low,
        "high": entry.date_high,
    }


def document_of(row: Bson) -> Document:
    """The document of a row with `FIELDS`."""
    return unpack_document(row["kind"], row["id"], row["version"], row["order"], row["head"], row["body"])


def holding(kind: str, keys: Sequence[str]) -> Bson:
    """The condition that a document of the kind holds all the index keys."""
    return {"index": {"$all": [unique_name(kind, key) for key in dict.fromkeys(keys)] or [_kind_name(kind)]}}


def _kind_name(kind: str) -> str:
    """What every document of the kind has among its index keys; no other key is without a bar."""
    return key_name(kind)
