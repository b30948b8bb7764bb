"""Log lines: one object each, with the request's id, and never an exception's message or what a library filled in."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from server.web.logs import configure_logs

MARK = "Quagmire-Zebulon-4711"

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Configures the process's logs, gives what was written, and puts everything back."""
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    configure_logs("json", "info", stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers, root.level = handlers, level


def fail() -> None:
    raise ValueError(MARK)


def test_a_line_is_an_object_with_the_request_id(lines: Lines) -> None:
    with structlog.contextvars.bound_contextvars(request_id="1"):
        structlog.get_logger("passage.test").info("done", cases=2, path=io)

    (line,) = lines()
    assert {name: line[name] for name in ("event", "level", "cases", "request_id")} == {
        "event": "done",
        "level": "info",
        "cases": 2,
        "request_id": "1",
    }
    assert isinstance(line["path"], str)


def test_lines_below_the_level_are_left_out(lines: Lines) -> None:
    structlog.get_logger("passage.test").debug("hidden")

    assert lines() == []


def test_an_exception_of_ours_is_its_type_and_place(lines: Lines) -> None:
    try:
        fail()
    except ValueError:
        structlog.get_logger("passage.test").exception("failed")

    (line,) = lines()
    assert (line["event"], line["error"]) == ("failed", "ValueError")
    assert line["at"].endswith(" fail")
    assert MARK not in json.dumps(line)


def test_what_a_library_logs_is_cut_to_its_own_sentence(lines: Lines) -> None:
    logging.getLogger("library").error("can't read %s", MARK)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved: ValueError('{MARK}')")
    logging.getLogger("library").error(f"Traceback (most recent call last): {MARK}")
    logging.getLogger("py.warnings").warning("%s", MARK)
    try:
        fail()
    except ValueError:
        logging.getLogger("library").exception("failed")

    written = lines()
    assert MARK not in json.dumps(written)
    assert [(line["logger"], line["event"]) for line in written] == [
        ("library", "can't read %s"),
        ("asyncio", "a task of the event loop failed"),
        ("library", "a library reported an exception; its text is left out"),
        ("py.warnings", "a library warned"),
        ("library", "failed"),
    ]
    assert (written[-1]["error"], written[-1]["at"].endswith(" fail")) == ("ValueError", True)


def test_console_lines_hold_the_same_and_no_traceback() -> None:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    configure_logs("console", "info", stream)
    try:
        fail()
    except ValueError:
        structlog.get_logger("passage.test").exception("failed", cases=2)
    finally:
        logging.captureWarnings(capture=False)
        structlog.reset_defaults()
        root.handlers, root.level = handlers, level

    text = stream.getvalue()
    assert "failed" in text
    assert "cases=2" in text
    assert "ValueError" in text
    assert MARK not in text
    assert "Traceback" not in text
