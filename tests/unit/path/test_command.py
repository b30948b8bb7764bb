"""`passage fhirpath`: results as JSON on standard output, refusals with a caret on standard error."""

from pathlib import Path

from typer.testing import CliRunner, Result

from server.cli.main import app

PATIENT = '{"resourceType": "Patient", "name": [{"family": "Rivera"}], "multipleBirthInteger": 2}'


def _run(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(app, ["fhirpath", *arguments], input=input, env={"COLUMNS": "200", "TERM": "dumb"})


def test_prints_the_collection_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "patient.json"
    file.write_text(PATIENT)

    result = _run("Patient.name.family | multipleBirth", str(file))

    assert (result.exit_code, result.stdout) == (0, '["Rivera",2]\n')


def test_prints_each_file_by_its_name(tmp_path: Path) -> None:
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    files[0].write_text(PATIENT)
    files[1].write_text('{"resourceType": "Patient"}')

    result = _run("name.family", *map(str, files))

    assert result.stdout == f'{{"{files[0]}":["Rivera"],"{files[1]}":[]}}\n'


def test_reads_standard_input() -> None:
    result = _run("name.count() + 0.50", input=PATIENT)

    assert (result.exit_code, result.stdout) == (0, "[1.50]\n")


def test_needs_no_input() -> None:
    result = _run("4 'g' = 4000 'mg'", input="")

    assert (result.exit_code, result.stdout) == (0, "[true]\n")


def test_shows_where_an_expression_is_wrong() -> None:
    result = _run("name..family", input=PATIENT)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The name of an element or function should stand here.\nname..family\n     ^\n"


def test_traces_go_to_standard_error() -> None:
    result = _run("name.family.trace('family').exists()", input=PATIENT)

    assert (result.stdout, result.stderr) == ("[true]\n", "family: Rivera\n")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = _run("name", str(tmp_path / "none.json"))

    assert (result.exit_code, result.stderr) == (1, f"{tmp_path / 'none.json'}: No such file or directory\n")


def test_a_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{")

    result = _run("name", str(file))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"{file}: ")


def test_an_expression_that_does_not_end_is_stopped() -> None:
    result = _run("1.repeatAll($this + 1)", input=PATIENT)

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "A collection of more than 500000 items.\n"
