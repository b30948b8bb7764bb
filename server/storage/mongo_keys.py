"""What a key is called inside MongoDB's indexes: namespaced by kind or type, and never long.

Keys hold identifiers as they were received, of any length; an index entry of a server of MongoDB's protocol may not.
"""

import hashlib

_LONGEST = 200
_MARK = "#sha256:"


def key_name(key: str) -> str:
    """The key itself, or its beginning and SHA-256 where it is long or holds what BSON text can't."""
    if len(key) <= _LONGEST and key.isprintable() and _MARK not in key:
        return key
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return "".join(character for character in key[:40] if character.isalnum()) + _MARK + digest


def unique_name(kind: str, key: str) -> str:
    """A unique or index key of a kind of documents."""
    return key_name(f"{kind}|{key}")


def term_name(type: str, term: str) -> str:
    """A search term of a type of entries."""
    return key_name(f"{type}|{term}")
