"""Keeps the content in force and swaps it whole when its files change.

A changed file is loaded in a thread; what loads replaces the running content at once, what does not leaves it in force
and is named in `problems`, which readiness and the log show.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from server.content.content import Content
from server.content.load import load_content
from server.content.load_policies import CheckedPolicies
from server.errors import ContentRefused

FOLDERS = ("policies", "plans", "questionnaires")

Stamp = Mapping[Path, tuple[int, int]]
"""Time of change in nanoseconds and size in bytes of every content file."""


def stamp(root: Path) -> Stamp:
    """What tells a changed content folder from an unchanged one. Files that vanish while it looks are left out."""
    found: dict[Path, tuple[int, int]] = {}
    for folder in FOLDERS:
        for file in (root / folder).rglob("*"):
            with suppress(OSError):
                status = file.stat()
                if not file.is_dir() and "node_modules" not in file.parts:
                    found[file] = (status.st_mtime_ns, status.st_size)
    return found


class ContentHolder:
    """The content in force. `start` loads it and watches its files; `stop` ends the watch."""

    def __init__(
        self,
        root: Path,
        *,
        demo: bool,
        reload_seconds: float,
        changed: Callable[[Content], None] = lambda content: None,
    ) -> None:
        self._root = root
        self._demo = demo
        self._reload_seconds = reload_seconds
        self._changed = changed
        self._checked = CheckedPolicies()
        self._content: Content | None = None
        self._stamp: Stamp = {}
        self._watch: asyncio.Task[None] | None = None

    def current(self) -> Content:
        """The content in force. Raises RuntimeError before `start`."""
        if self._content is None:
            raise RuntimeError("the content is loaded by start()")
        return self._content

    @property
    def problems(self) -> tuple[str, ...]:
        """Why a newer edit on disk is not in force; empty when what is on disk is in force."""
        return () if self._content is None else self._content.problems

    async def start(self) -> None:
        """Loads the content and, when `reload_seconds` is not 0, watches it. Raises ContentRefused."""
        self._stamp = await asyncio.to_thread(stamp, self._root)
        self._content = await asyncio.to_thread(load_content, self._root, demo=self._demo, checked=self._checked)
        if self._reload_seconds > 0:
            self._watch = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Ends the watch; the content stays."""
        if self._watch is not None:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None

    async def refresh(self) -> bool:
        """Looks once; gives whether files changed, which then are in force or in `problems`."""
        seen = await asyncio.to_thread(stamp, self._root)
        if seen == self._stamp:
            return False
        self._stamp = seen
        try:
            self._content = await asyncio.to_thread(load_content, self._root, demo=self._demo, checked=self._checked)
        except ContentRefused as refused:
            self._content = replace(self.current(), problems=refused.findings)
        except OSError as error:
            # A file that is replaced while it is read: the next look sees it whole.
            self._stamp = {}
            self._content = replace(self.current(), problems=(f"A content file can't be read ({error.strerror}).",))
        self._changed(self._content)
        return True

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._reload_seconds)
            await self.refresh()
