"""Where the tests find what lies beside the repository: real payloads, the guides' requirements, test tools.

None of it is needed to build or run Passage, so a test that wants it is skipped aloud where it is absent.
"""

import os
from pathlib import Path

import pytest


def shared_or_none() -> Path | None:
    """The shared folder: PASSAGE_SHARED, or `shared` beside the repository; None when there is none."""
    named = os.environ.get("PASSAGE_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parent.parent.parent / "shared"
    return folder if folder.is_dir() else None


def shared() -> Path:
    """The shared folder. Skips the test, aloud, where there is none."""
    folder = shared_or_none()
    if folder is None:
        pytest.skip("no shared folder: set PASSAGE_SHARED to the folder with the guides' examples and test tools")
    return folder
