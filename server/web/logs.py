"""How log lines are written: one JSON object (or one readable line) each, with the request id, on standard output.

What other libraries log goes through the same writer, cut to the sentence that their code holds and to the type and
place of an exception: what is filled into a sentence, or an exception's message, may be what a request said.
"""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from server.fhir import json
from server.web.errors import kind, place

_TRACEBACK = "Traceback (most recent call last)"


def configure_logs(log_format: str, level: str, stream: TextIO | None = None) -> None:
    """Sets the process's logs up. Called once by whoever starts a process; nothing is configured by an import."""
    stream = cast(TextIO, _Sink(stream or sys.stdout))
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_messages,
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer(colors=False) if log_format == "console" else _one_object
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            use_get_message=False,  # the sentence without what is filled in
            foreign_pre_chain=[*shared, _without_values],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    logging.captureWarnings(capture=True)


class _Sink:
    """The stream that lines go to. When its reader is gone or its disk is full lines are lost, but no request is."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _without_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Says who logs, and replaces the sentence of a logger that has values filled in before it logs."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    event["event"] = _FILLED_IN.get(record.name, event["event"])
    return event


_FILLED_IN = {"asyncio": "a task of the event loop failed", "py.warnings": "a library warned"}
"""Loggers that fill values in before they log, and what is written instead."""


def _without_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Puts the type and the place of an exception where its message and its traceback would go."""
    trouble = event.pop("exc_info", None)
    if trouble is True:
        trouble = sys.exc_info()
    error = trouble[1] if isinstance(trouble, tuple) else trouble
    if isinstance(error, BaseException):
        event["error"], event["at"] = kind(error), place(error)
    if _TRACEBACK in str(event.get("event", "")):
        event["event"] = "a library reported an exception; its text is left out"
    return event


def _one_object(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    if not _PLAIN.issuperset(map(type, event.values())):
        event = {name: value if type(value) in _PLAIN else str(value) for name, value in event.items()}
    return json.write(event).decode()


_PLAIN = frozenset({str, int, float, bool, list, tuple, type(None)})
"""What a line holds as it is; everything else is written as its text."""
