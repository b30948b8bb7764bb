"""Reads the file of codes of a long scope: a row for each code, in a format that a payer's list exports to."""

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from server.decision.codes import is_known_system, read_code

COLUMNS = ("code", "lines_of_business", "places", "from", "to")
"""`code` is `system|code`; several lines of business or places are set apart by a space; an empty cell takes what the
policy's scope says."""

Row = Mapping[str, str]


def read_code_file(root: Path, file: Path, findings: list[str]) -> list[Row]:
    """The rows of the file, in its order. What is wrong with one becomes a finding with its line."""
    name = file.relative_to(root).as_posix()
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, strict=True)
            if reader.fieldnames is None or "code" not in reader.fieldnames or set(reader.fieldnames) - set(COLUMNS):
                findings.append(f"{name}:1: The columns are {', '.join(COLUMNS)}; code must be there.")
                return []
            rows: list[Row] = []
            for row in reader:
                if fault := _fault(row):
                    findings.append(f"{name}:{reader.line_num}: {fault}")
                rows.append(row)
            if not rows:
                findings.append(f"{name}:1: The file has no row.")
            return rows
    except FileNotFoundError:
        findings.append(f"{name}:1: The scope names this file, but it is not there.")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        findings.append(f"{name}:1: The file can't be read as CSV in UTF-8 ({type(error).__name__}).")
    return []


def _fault(row: Mapping[str | None, str | None]) -> str | None:
    if None in row or None in row.values():
        return "The row has not as many cells as there are columns."
    code = row["code"] or ""
    system = read_code(code).system
    if "|" not in code or code.endswith("|"):
        return "A code is written as system|code."
    if not is_known_system(system):
        return f"The code system {system} is not known."
    try:
        days = [date.fromisoformat(row[key] or "") for key in ("from", "to") if row.get(key)]
    except ValueError:
        return "A date is on no calendar; write YYYY-MM-DD."
    return "The row ends before it starts." if len(days) == 2 and days[1] < days[0] else None
