"""`passage settings`: what is in force, from where, and no secret of it."""

import pytest
from typer.testing import CliRunner, Result

from server.cli.main import app
from server.fhir import json
from server.settings import Settings

SECRET = "hunter-2-of-passage"


def run(*arguments: str, **environment: str) -> Result:
    """The command's result on a wide terminal."""
    return CliRunner().invoke(app, ["settings", *arguments], env={"COLUMNS": "250"} | environment)


def rows(*arguments: str, **environment: str) -> dict[str, dict[str, str]]:
    """The settings by name."""
    result = run("--json", *arguments, **environment)
    assert result.exit_code == 0
    return {row["setting"]: row for row in json.read(result.stdout.encode())}


def test_every_setting_has_type_unit_default_value_source_and_sentence() -> None:
    shown = rows()

    assert list(shown) == list(Settings.model_fields)
    assert shown["max_body_bytes"] == {
        "setting": "max_body_bytes",
        "variable": "PASSAGE_MAX_BODY_BYTES",
        "type": "whole number",
        "unit": "bytes",
        "default": "10000000",
        "value": "10000000",
        "source": "default",
        "what it does": "Largest request body, after decompression.",
    }
    assert [name for name, row in shown.items() if not row["type"] or not row["what it does"]] == []


@pytest.mark.parametrize("columns", [80, 40])
def test_a_narrow_terminal_shows_whole_words(columns: int) -> None:
    result = run(COLUMNS=str(columns), PASSAGE_STORE_URL="sqlite:///passage.db")

    words = {word for row in rows(PASSAGE_STORE_URL="sqlite:///passage.db").values() for word in _words(row)}
    short = {word for word in words if len(word) < columns - 2}
    assert short - set(result.stdout.split()) == set()
    assert max(map(len, result.stdout.splitlines())) <= columns


def _words(row: dict[str, str]) -> list[str]:
    return [word for name, cell in row.items() if name != "variable" for word in cell.split()]


def test_the_source_is_flag_before_environment_before_default() -> None:
    shown = rows("--port", "9000", PASSAGE_PORT="9001", PASSAGE_DEMO="false", PASSAGE_HOST="")

    found = {name: (shown[name]["value"], shown[name]["source"]) for name in ("port", "demo", "host", "log_level")}
    assert found == {
        "port": ("9000", "flag"),
        "demo": ("false", "environment"),
        "host": ("127.0.0.1", "default"),
        "log_level": ("info", "default"),
    }


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (
            f"mongodb://user:{SECRET}@a.example:27017,b.example/passage",
            "mongodb://***@a.example:27017,b.example/passage",
        ),
        (
            f"mongodb+srv://user:p@{SECRET}/x@a.example/passage?password={SECRET}",
            "mongodb+srv://***@a.example/passage?***",
        ),
        (f"user:{SECRET}@host", "***@host"),
        ("mongodb://a.example/passage", "mongodb://a.example/passage"),
        ("sqlite:////srv/odd@name/passage.db", "sqlite:////srv/odd@name/passage.db"),
    ],
)
def test_a_store_url_never_shows_its_password(url: str, shown: str) -> None:
    table = run(PASSAGE_STORE_URL=url)
    value = rows(PASSAGE_STORE_URL=url)["store_url"]["value"]

    assert value == shown
    assert SECRET not in table.output


@pytest.mark.parametrize(
    ("arguments", "environment", "named"),
    [
        (("--port", "70000"), {}, "--port"),
        ((), {"PASSAGE_LOG_FORMAT": SECRET}, "PASSAGE_LOG_FORMAT"),
        ((), {"PASSAGE_BASE_URL": f"ftp://{SECRET}"}, "PASSAGE_BASE_URL"),
        ((), {"PASSAGE_DEMO": SECRET}, "PASSAGE_DEMO"),
    ],
)
def test_a_wrong_value_is_wrong_use_and_is_not_repeated(
    arguments: tuple[str, ...], environment: dict[str, str], named: str
) -> None:
    result = run(*arguments, **environment)

    assert result.exit_code == 2
    assert named in result.output
    assert SECRET not in result.output
