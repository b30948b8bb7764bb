"""`passage members import`: what is in the store afterwards, and what a script can tell from the exit code."""

from pathlib import Path

from typer.testing import CliRunner, Result

from server.cli.main import app
from server.fhir import json

PLANTED = "Zzyzx-4711"
DEMO_MEMBERS = Path(__file__).parents[2] / "plans" / "demo" / "members.ndjson"


def run(tmp_path: Path, file: Path) -> Result:
    """The result of importing the file into a store of the test's own."""
    store = f"sqlite:///{tmp_path}/members.db"
    return CliRunner().invoke(
        app, ["members", "import", str(file), "--store", store], env={"COLUMNS": "200", "PASSAGE_STORE_URL": "none:"}
    )


def counts(result: Result) -> dict[str, tuple[str, ...]]:
    """The numbers of the table, by resource type: added, changed, unchanged."""
    cells = [line.split() for line in result.stdout.splitlines()]
    return {row[0]: tuple(row[1:]) for row in cells if len(row) == 4 and row[1].isdigit()}


def test_the_demo_members_are_all_imported_and_again_change_nothing(tmp_path: Path) -> None:
    first = run(tmp_path, DEMO_MEMBERS)
    again = run(tmp_path, DEMO_MEMBERS)

    assert (first.exit_code, again.exit_code) == (0, 0)
    assert counts(first) == {
        "Coverage": ("12", "0", "0"),
        "Organization": ("1", "0", "0"),
        "Patient": ("11", "0", "0"),
    }
    assert counts(again) == {
        "Coverage": ("0", "0", "12"),
        "Organization": ("0", "0", "1"),
        "Patient": ("0", "0", "11"),
    }


def test_each_refused_line_is_reported_without_its_values(tmp_path: Path) -> None:
    lines = DEMO_MEMBERS.read_bytes().splitlines()[:3]
    lines[1] = json.write({**json.read(lines[1]), "birthDate": f"{PLANTED}-02-30"})
    file = tmp_path / "members.ndjson"
    file.write_bytes(b"\n".join([*lines, PLANTED.encode()]))

    result = run(tmp_path, file)

    assert result.exit_code == 1
    assert counts(result) == {"Organization": ("1", "0", "0")}
    assert [line.split(":")[0] for line in result.stderr.splitlines() if line.startswith("line ")] == [
        "line 2",
        "line 4",
        "line 3",
    ]
    assert "3 line(s) refused" in result.stdout
    assert PLANTED not in result.output


def test_a_file_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = run(tmp_path, tmp_path / "nothing.ndjson")

    assert result.exit_code == 2
    assert "no such file" in result.output


def test_a_store_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["members", "import", str(DEMO_MEMBERS), "--store", f"oracle://u:{PLANTED}@h"])

    assert result.exit_code == 2
    assert PLANTED not in result.output
