"""Content for the server under test: what is shipped, and as many further coverage rules as asked for.

A generated policy has the criteria, citations and cases of a shipped one and a hundred codes of its own, so that the
server's own loader checks it all and keeps in memory what it would keep of a real payer's policies.
"""

import json
import shutil
from pathlib import Path

import yaml

from server.settings import content_root

FOLDERS = ("policies", "plans", "questionnaires", "profiles")
PATTERN = "home-oxygen"
CODES_OF_A_POLICY = 100
SYSTEM = "https://passage.example/fhir/CodeSystem/bench"


def shipped() -> Path:
    """The content that Passage ships."""
    return content_root()


def write_content(folder: Path, rules: int) -> Path:
    """Writes a content folder with the shipped content and `rules` generated coverage rules; gives the folder.

    A rule is a row of a policy's scope: a code with its lines of business and days.
    """
    for name in FOLDERS:
        if (shipped() / name).is_dir():
            shutil.copytree(shipped() / name, folder / name, ignore=shutil.ignore_patterns("build", "node_modules"))
    pattern = shipped() / "policies" / PATTERN
    policy = yaml.safe_load((pattern / "policy.yaml").read_text(encoding="utf-8"))
    cases = yaml.safe_load((pattern / "cases.yaml").read_text(encoding="utf-8"))
    for first in range(0, rules, CODES_OF_A_POLICY):
        _write_policy(folder / "policies" / f"bench-{first:06d}", policy, cases, first, rules)
    return folder


def _write_policy(folder: Path, policy: dict[str, object], cases: dict[str, object], first: int, rules: int) -> None:
    folder.mkdir()
    codes = [f"{SYSTEM}|B{number:06d}" for number in range(first, min(first + CODES_OF_A_POLICY, rules))]
    scope = {key: value for key, value in _table(policy["scope"]).items() if key != "codes"}
    _write(folder / "policy.yaml", policy | {"id": folder.name, "scope": scope | {"codes_file": "codes.csv"}})
    _write(folder / "cases.yaml", cases | {"base": _table(cases["base"]) | {"code": codes[0]}})
    rows = "".join(f"{code},,,,\n" for code in codes)
    (folder / "codes.csv").write_text("code,lines_of_business,places,from,to\n" + rows, encoding="utf-8")


def _table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise TypeError("the pattern policy has another shape")
    return value


def _write(path: Path, document: object) -> None:
    """JSON is YAML too; dates become text."""
    path.write_text(json.dumps(document, indent=1, default=str), encoding="utf-8")
