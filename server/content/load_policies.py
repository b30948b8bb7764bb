"""Loads the policies: one folder of `policies/` for each.

```
policies/<policy>/policy.yaml        the policy; further versions as policy-<any>.yaml, for other days
policies/<policy>/cases.yaml         cases on both sides of each threshold, and unknown
policies/<policy>/<name>.csv         codes of a long scope: code,lines_of_business,places,from,to
```
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.content.authored import read_authored
from server.content.code_file import read_code_file
from server.content.marked_yaml import Marked
from server.content.schema_check import schema_findings, validator
from server.decision.policy.cases import CaseResult, run_cases
from server.decision.policy.coverage import coverage_findings
from server.decision.policy.index import PolicyIndex
from server.decision.policy.lint import lint_policy
from server.decision.policy.overlap import overlaps
from server.decision.policy.policy import Policy
from server.decision.policy.reach import unreachable
from server.decision.policy.read import read_policy
from server.decision.policy.walk import written_criteria

_PACKAGE = "server.decision.policy"

FormItems = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class _Written:
    """A policy with the document that it was read from."""

    policy: Policy
    document: Marked

    def finding(self, criterion: str, sentence: str) -> str:
        """A finding about a criterion, at its line."""
        paths = (path for path, each in written_criteria(self.document.value["criteria"]) if each["id"] == criterion)
        return self.document.finding(sentence, *next(paths, ()))


class CheckedPolicies:
    """Policies that this process has checked before: when one file changes, the other policies are not checked anew."""

    def __init__(self) -> None:
        self._by_digest: dict[bytes, list[_Written]] = {}
        self._used: set[bytes] = set()

    def get(self, digest: bytes) -> list[_Written] | None:
        """The versions of a policy with these files, when they had no finding."""
        found = self._by_digest.get(digest)
        if found is not None:
            self._used.add(digest)
        return found

    def keep(self, digest: bytes, versions: list[_Written]) -> None:
        """Remembers the versions of a policy without finding."""
        self._by_digest[digest] = versions
        self._used.add(digest)

    def forget_unused(self) -> None:
        """Drops what the load that ends here did not use."""
        self._by_digest = {digest: self._by_digest[digest] for digest in self._used}
        self._used = set()


def load_policies(
    root: Path, forms: FormItems, findings: list[str], checked: CheckedPolicies | None = None
) -> PolicyIndex:
    """The policies under `root`. Findings are added to the list; a policy with one is left out."""
    memory = checked or CheckedPolicies()
    loaded = [written for folder in policy_folders(root) for written in _once(root, folder, forms, findings, memory)]
    memory.forget_unused()
    index = PolicyIndex(written.policy for written in loaded)
    by_policy = {id(written.policy): written for written in loaded}
    for one, other, row in overlaps(index):
        both = "twice here" if one is other else f"by {one.id} {one.version} too"
        sentence = f"The code {row.code.code} is covered {both}, for a same line of business, place and day."
        findings.append(by_policy[id(other)].document.finding(sentence, "scope"))
    return index


def policy_folders(root: Path) -> tuple[Path, ...]:
    """The folders of the policies, by name."""
    return tuple(sorted(path for path in (root / "policies").glob("*") if path.is_dir()))


def policy_cases(root: Path, folder: Path, forms: FormItems, findings: list[str]) -> list[CaseResult]:
    """How the cases of one policy come out, whether or not they show all that they must."""
    _, results = _cases(root, folder, _versions(root, folder, forms, findings), findings)
    return results


def _once(root: Path, folder: Path, forms: FormItems, findings: list[str], checked: CheckedPolicies) -> list[_Written]:
    try:
        digest = _digest(folder, forms)
    except OSError as error:
        findings.append(f"policies/{folder.name}/policy.yaml:1: A file of the policy can't be read ({error.strerror}).")
        return []
    known = checked.get(digest)
    if known is not None:
        return known
    versions = _checked(root, folder, forms, findings)
    if versions:
        checked.keep(digest, versions)
    return versions


def _digest(folder: Path, forms: FormItems) -> bytes:
    """Of all that the checks of a policy depend on: its files, by name and content, and the items of the forms."""
    seen = hashlib.sha256(repr(sorted((name, sorted(items)) for name, items in forms.items())).encode())
    for file in sorted(path for path in folder.iterdir() if path.is_file()):
        content = file.read_bytes()
        seen.update(f"{file.name} {len(content)} ".encode())
        seen.update(content)
    return seen.digest()


def _checked(root: Path, folder: Path, forms: FormItems, findings: list[str]) -> list[_Written]:
    found: list[str] = []
    versions = _versions(root, folder, forms, found)
    document, results = _cases(root, folder, versions, found)
    if document is not None:
        for index, result in enumerate(results):
            found.extend(document.finding(f"{result.name}: {problem}", "cases", index) for problem in result.problems)
        for written in versions:
            mine = [each for each in results if each.item and each.item.rule.version == written.policy.version]
            found.extend(written.finding(*missing) for missing in coverage_findings(written.policy, mine))
    findings.extend(found)
    return [] if found else versions


def _versions(root: Path, folder: Path, forms: FormItems, findings: list[str]) -> list[_Written]:
    """The versions of the policy in a folder; none when any has a finding."""
    found: list[str] = []
    versions: list[_Written] = []
    for file in sorted(folder.glob("policy*.yaml")):
        document = read_authored(root, file, found)
        if document is not None and (policy := _policy(root, folder, document, forms, found)):
            versions.append(_Written(policy, document))
    if not versions and not found:
        found.append(f"policies/{folder.name}/policy.yaml:1: The folder has no policy.yaml.")
    findings.extend(found)
    return [] if found else versions


def _policy(root: Path, folder: Path, document: Marked, forms: FormItems, findings: list[str]) -> Policy | None:
    found = schema_findings(validator(_PACKAGE, "policy.schema.json"), document)
    found = found or lint_policy(document.value, document.finding, folder.name, forms)
    listed = []
    name = document.value["scope"].get("codes_file") if not found else None
    if name:
        listed = read_code_file(root, folder / name, found)
    findings.extend(found)
    if found:
        return None
    policy = read_policy(document.value, listed)
    for criterion in unreachable(policy.criteria):
        sentence = f"The criterion {criterion} can never change the result; drop it or mend the group around it."
        findings.append(_Written(policy, document).finding(criterion, sentence))
    return policy


def _cases(
    root: Path, folder: Path, versions: list[_Written], findings: list[str]
) -> tuple[Marked | None, list[CaseResult]]:
    """The document of the cases and how they come out; nothing when they can't be run."""
    if not versions:
        return None, []
    file = folder / "cases.yaml"
    if not file.is_file():
        findings.append(versions[0].document.finding("The policy has no cases.yaml beside it."))
        return None, []
    document = read_authored(root, file, findings)
    shape = schema_findings(validator(_PACKAGE, "cases.schema.json"), document) if document else []
    findings.extend(shape)
    if document is None or shape:
        return None, []
    policies = tuple(written.policy for written in versions)
    return document, run_cases(policies, document.value["base"], document.value["cases"])
