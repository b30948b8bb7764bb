"""A folder of content on disk: our own, copied, so that a test may break it."""

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("policies", "plans", "questionnaires")


def a_content_folder(at: Path) -> Path:
    """A copy of the content that is shipped, without the tools that build it."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, at / folder, ignore=shutil.ignore_patterns("node_modules", "build"))
    return at


def replace_in(file: Path, old: str, new: str) -> None:
    """Edits a file; the old text must be in it."""
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
