"""What holds for every test: a skip is said aloud, and where `PASSAGE_STRICT_SKIPS` is set it is a failure unless its
reason names something that `PASSAGE_MAY_SKIP` says is absent on this machine.
"""

import os
import re
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import settings

# A loaded machine is no fault of the code. Where a change is judged, the verdict may not depend on luck: there the
# examples are always the same, and everyone who runs the tests elsewhere tries new ones.
settings.register_profile("passage", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("passage")


def may_skip(reason: str, *, strict: bool, absent: str) -> bool:
    """Whether a test may be skipped for `reason`, when the words in `absent` name what this machine lacks."""
    words = set(re.findall(r"[a-z0-9]+", reason.lower()))
    return not strict or any(word in words for word in absent.lower().split())


def _judge(report: Any) -> None:
    if not report.skipped or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    strict = os.environ.get("PASSAGE_STRICT_SKIPS", "").lower() in {"1", "true", "yes"}
    if not may_skip(reason, strict=strict, absent=os.environ.get("PASSAGE_MAY_SKIP", "")):
        report.outcome = "failed"
        report.longrepr = f"Should run on this machine but was skipped. {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Turns a skip that this machine has no excuse for into a failure."""
    report = yield
    _judge(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """The same for a whole file that is skipped while it is collected."""
    report = yield
    _judge(report)
    return report
