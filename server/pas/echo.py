"""Resources of the request as the answer repeats them: same fullUrl, id and identifiers, and references that hold.

A client reads the answer without the request beside it, so every reference becomes absolute and leads to an entry of
the answer. References that would close a cycle, that mean the Claim or that mean a contained resource become logical
(by identifier or type): a reader that follows references must come to an end. Extensions of primitives are dropped.
Spec page: https://hl7.org/fhir/us/davinci-pas/specification.html#prior-authorization-response
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from server.fhir.json import Json
from server.pas.submission import Submission
from server.pas.survey import survey

Entries = list[tuple[str, Json]]
"""fullUrl and resource of each entry."""

_NOT_REPEATED = frozenset({"Bundle", "Claim", "ClaimResponse"})


def absolute(submission: Submission, value: Json) -> Json:
    """A part of the Claim as the answer repeats it."""
    return _rewrite(value, lambda reference: _link(submission, reference, submission.claim_url, frozenset()))


def echo(submission: Submission, roots: Sequence[str]) -> Entries:
    """The resources with the fullUrls `roots` and all that they refer to, each once, without a cycle.

    Spec: hl7.fhir.us.davinci-pas_2.2.1@spec-33
    """
    targets: dict[str, list[str]] = {}
    cut: dict[str, set[str]] = {}
    for root in roots:
        if root not in targets:
            _search(submission, root, targets, cut)
    return [(url, _repeated(submission, url, frozenset(cut.get(url, ())))) for url in targets]


def _search(submission: Submission, root: str, targets: dict[str, list[str]], cut: dict[str, set[str]]) -> None:
    """Depth first from `root`: a reference to a resource on the way to itself is cut, so that none leads around."""
    targets[root] = _targets(submission, root)
    way: dict[str, Iterator[str]] = {root: iter(targets[root])}
    while way:
        url = next(reversed(way))
        target = next(way[url], None)
        if target is None:
            del way[url]
        elif target in way:
            cut.setdefault(url, set()).add(target)
        elif target not in targets:
            targets[target] = _targets(submission, target)
            way[target] = iter(targets[target])


def _targets(submission: Submission, url: str) -> list[str]:
    found = (submission.target(reference, url) for reference in _references(submission, url))
    return [target for target in dict.fromkeys(found) if _is_repeated(submission, target)]


def _references(submission: Submission, url: str) -> Sequence[str]:
    resource = submission.resources[url]
    if "contained" not in resource:
        return submission.references[url]
    return survey({key: value for key, value in resource.items() if key != "contained"}).references


def _is_repeated(submission: Submission, url: str) -> bool:
    resource = submission.resources.get(url)
    return resource is not None and resource["resourceType"] not in _NOT_REPEATED


def _repeated(submission: Submission, url: str, cut: frozenset[str]) -> Json:
    resource = {key: value for key, value in submission.resources[url].items() if key != "contained"}
    return _rewrite(resource, lambda reference: _link(submission, reference, url, cut))


def _rewrite(value: Json, link: Callable[[Mapping[str, Json]], Json]) -> Json:
    if type(value) is dict:
        kept = {}
        for key, child in value.items():
            kind = type(child)
            if key.startswith("_"):
                continue
            if kind is dict or kind is list:
                if written := _rewrite(child, link):
                    kept[key] = written
            else:
                kept[key] = child
        return link(kept) if type(value.get("reference")) is str else kept
    if type(value) is list:
        return [written for child in value if child is not None and (written := _rewrite(child, link)) != {}]
    return value


def _link(submission: Submission, reference: Mapping[str, Json], url: str, cut: frozenset[str]) -> Json:
    target = submission.target(reference["reference"], url)
    if _is_repeated(submission, target) and target not in cut:
        return {**reference, "reference": target}
    return _logical(reference, submission.resources.get(target))


def _logical(reference: Mapping[str, Json], target: Json | None) -> Json:
    """The reference without its literal one: by the target's identifier and type, so that it still says something."""
    kept = {key: value for key, value in reference.items() if key != "reference"}
    if target is not None:
        kept.setdefault("type", target["resourceType"])
        identifiers = target.get("identifier")
        if isinstance(identifiers, list) and identifiers and isinstance(identifiers[0], dict):
            named = {key: identifiers[0][key] for key in ("system", "value") if key in identifiers[0]}
            kept.setdefault("identifier", named)
    return kept if kept else {"display": "not repeated in this answer"}
