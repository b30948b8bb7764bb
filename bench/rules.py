"""Content for the server under test: what is shipped, and as many further coverage rules as asked for."""

import shutil
from pathlib import Path

from server.settings import content_root

FOLDERS = ("policies", "plans", "questionnaires", "profiles")


def shipped() -> Path:
    """The content that Passage ships."""
    return content_root()


def write_content(folder: Path, rules: int) -> Path:
    """Writes a content folder with the shipped content and `rules` generated policies; gives the folder."""
    for name in FOLDERS:
        if (shipped() / name).is_dir():
            shutil.copytree(shipped() / name, folder / name, ignore=shutil.ignore_patterns("build", "node_modules"))
    return folder
