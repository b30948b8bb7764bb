"""Walks the criteria of a policy as they are written, with the path of each in the file."""

from collections.abc import Iterator

from server.decision.policy.read import group_parts
from server.fhir.json import Json

Path = tuple[str | int, ...]


def written_criteria(value: Json, path: Path = ("criteria",)) -> Iterator[tuple[Path, Json]]:
    """Each criterion with its path, a group before its children."""
    yield path, value
    if "input" in value:
        return
    kind, children, _ = group_parts(value)
    for index, child in enumerate(children):
        match kind:
            case "not":
                below: Path = (*path, "not")
            case "at_least":
                below = (*path, "at_least", "of", index)
            case _:
                below = (*path, kind, index)
        yield from written_criteria(child, below)


def written_leaves(value: Json) -> Iterator[tuple[Path, Json]]:
    """Each leaf of a policy's criteria with its path."""
    return ((path, criterion) for path, criterion in written_criteria(value["criteria"]) if "input" in criterion)
