"""A changed file is in force without a restart; a broken one leaves the running content and says why."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.content.content import Content
from server.content.watch import ContentHolder
from server.errors import ContentRefused
from tests.builders.content import a_content_folder, replace_in

PLAN = "plans/demo/plan.yaml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return a_content_folder(tmp_path)


@pytest.fixture
async def holder(root: Path) -> AsyncIterator[ContentHolder]:
    holder = ContentHolder(root, demo=True, reload_seconds=0)
    await holder.start()
    yield holder
    await holder.stop()


def _edit(root: Path, old: str, new: str) -> None:
    replace_in(root / PLAN, old, new)
    # A clock of a file system may be too coarse to tell two edits of the same length apart.
    os.utime(root / PLAN, ns=(0, os.stat(root / PLAN).st_mtime_ns + 1_000_000))


async def test_an_edit_is_in_force_at_the_next_look(root: Path, holder: ContentHolder) -> None:
    before = holder.current()
    _edit(root, "version: 1.0.0", "version: 1.0.1")

    changed = await holder.refresh()

    assert changed
    assert holder.current().plans["demo"].version == "1.0.1"
    assert before.plans["demo"].version == "1.0.0"
    assert holder.problems == ()


async def test_nothing_changes_while_no_file_does(holder: ContentHolder) -> None:
    before = holder.current()

    assert not await holder.refresh()
    assert holder.current() is before


async def test_a_broken_edit_leaves_the_running_version_and_says_why(root: Path, holder: ContentHolder) -> None:
    _edit(root, "version: 1.0.0", "versio: 1.0.1")

    await holder.refresh()

    assert holder.current().plans["demo"].version == "1.0.0"
    assert len(holder.problems) == 2
    assert holder.problems[0] == "plans/demo/plan.yaml:2: In the document: 'version' is a required property."
    assert holder.current().problems == holder.problems


async def test_a_mended_edit_is_in_force_and_the_problem_is_gone(root: Path, holder: ContentHolder) -> None:
    _edit(root, "version: 1.0.0", "versio: 1.0.1")
    await holder.refresh()
    _edit(root, "versio: 1.0.1", "version: 1.0.2")

    await holder.refresh()

    assert (holder.current().plans["demo"].version, holder.problems) == ("1.0.2", ())


async def test_a_new_policy_and_a_removed_one_are_taken_over(root: Path, holder: ContentHolder) -> None:
    policy = root / "policies/outpatient-physical-therapy"
    policy.rename(root / "elsewhere")
    await holder.refresh()
    without = [policy.id for policy in holder.current().policies.policies]
    (root / "elsewhere").rename(policy)

    await holder.refresh()

    assert without == ["home-oxygen"]
    assert [each.id for each in holder.current().policies.policies] == ["home-oxygen", "outpatient-physical-therapy"]


async def test_the_watch_takes_an_edit_over_by_itself(root: Path) -> None:
    seen: asyncio.Queue[Content] = asyncio.Queue()
    holder = ContentHolder(root, demo=True, reload_seconds=0.01, changed=seen.put_nowait)
    await holder.start()
    _edit(root, "version: 1.0.0", "version: 1.0.1")

    content = await asyncio.wait_for(seen.get(), timeout=20)
    await holder.stop()

    assert content.plans["demo"].version == "1.0.1"
    assert holder.current() is content


async def test_content_with_a_fault_does_not_start(root: Path) -> None:
    _edit(root, "version: 1.0.0", "versio: 1.0.1")
    holder = ContentHolder(root, demo=True, reload_seconds=0)

    with pytest.raises(ContentRefused):
        await holder.start()
    with pytest.raises(RuntimeError):
        holder.current()
