"""Reads one authored YAML file; what is wrong with it becomes a finding with file and line."""

from pathlib import Path

from server.content.marked_yaml import Marked, YamlRefused, read


def read_authored(root: Path, file: Path, findings: list[str]) -> Marked | None:
    """The document of the file, named as it lies under `root`; None when it can't be read, which is then a finding."""
    name = file.relative_to(root).as_posix()
    try:
        return read(file.read_text(encoding="utf-8"), name)
    except YamlRefused as refused:
        findings.append(f"{name}:{refused}")
    except UnicodeDecodeError:
        findings.append(f"{name}:1: The file is not UTF-8.")
    except OSError as error:
        findings.append(f"{name}:1: The file can't be read ({error.strerror}).")
    return None
