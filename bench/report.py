"""Turns the figures of a run into files: JSON for machines, a Markdown page for people, and the index of all runs."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
GOALS_MS = {"order-sign": (5, 25), "questionnaire-package": (5, 25), "submit": (10, 50), "update": (10, 50)}
"""The service levels to hold: p50 and p99 in milliseconds, on two cores with 10,000 rules loaded."""


def write(results: Mapping[str, Any], folder: Path = RESULTS) -> Path:
    """Writes `<date>.json` and `<date>.md`, and the index; gives the page."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = str(results["date"]).replace(":", "").replace("-", "")
    (folder / f"{stem}.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    target = folder / f"{stem}.md"
    target.write_text(page(results), encoding="utf-8")
    _write_index(folder)
    return target


def page(results: Mapping[str, Any]) -> str:
    """One run as Markdown."""
    machine = results["machine"]
    lines = [
        f"# Benchmark of {results['date']}",
        "",
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, {machine['system']}, "
        f"Python {machine['python']}, commit {machine['commit']}.",
        f"{results['rules']:,} rules and {results['members']:,} members loaded. "
        "One server process on one core, the generator on another. "
        f"Load average before the run: {machine['load_average']}.",
        "",
        "| scenario | store | goal p50 / p99 | load | asked /s | answered /s "
        "| p50 ms | p90 ms | p99 ms | max ms | generator late p99 ms | failed |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
        *(_latency_row(run, step) for run in results["runs"] for step in run["steps"]),
        "",
        "Latency counts from the intended send time. Where the generator itself was late, the machine was busy with "
        "other work, and the row says little of the server.",
        "",
        "| scenario | store | at saturation: answered /s per core | CPU ms per request | memory after, MB |",
        "|---|---|---|---|---|",
        *(
            f"| {run['scenario']} | {run['store']} | {run['saturated']['per_second']:,.0f} "
            f"| {run['cpu_ms_per_request']:.2f} | {run['resident_mb']:.0f} |"
            for run in results["runs"]
        ),
        "",
        "| start | seconds to the first ready answer | memory, MB |",
        "|---|---|---|",
        *(f"| {row['what']} | {row['seconds']:.2f} | {row['resident_mb']:.0f} |" for row in results["starts"]),
        *_inquiries(results["runs"]),
        *_notifications(results.get("notifications", ())),
    ]
    return "\n".join(lines) + "\n"


def _inquiries(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """How much more an inquiry costs in the larger stores: one is flat."""
    lines = []
    for store in dict.fromkeys(run["store"] for run in runs):
        found = [run for run in runs if run["scenario"].startswith("inquire") and run["store"] == store]
        if len(found) < 2:
            continue
        ratios = [run["cpu_ms_per_request"] / found[0]["cpu_ms_per_request"] for run in found]
        listed = (f"{run['scenario']}: {ratio:.2f}" for run, ratio in zip(found, ratios, strict=True))
        filled = (f"{run['scenario'].removeprefix('inquire of ')} {run.get('fill_seconds', 0):.0f} s" for run in found)
        lines += ["", f"CPU of an inquiry on {store} in ratio to that in the smallest store: {'; '.join(listed)}."]
        lines += [f"Filling the stores took: {'; '.join(filled)}."]
    return lines


def _notifications(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    return [
        "",
        "| notifications | store | Subscriptions | results | told | /s | CPU ms each | p50 / p99 ms after the write "
        "| missing | gaps | told again |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| a burst of results | {row['store']} | {row['subscriptions']:,} | {row['results']} | {row['told']:,} "
            f"| {row['per_second']:,.0f} | {row['cpu_ms_each']:.2f} | {row['p50_ms']:,.0f} / {row['p99_ms']:,.0f} "
            f"| {row['missing']} | {row['gaps']} | {row['told_again']} |"
            for row in rows
        ),
    ]


def _latency_row(run: Mapping[str, Any], step: Mapping[str, Any]) -> str:
    goal = GOALS_MS.get(run["scenario"])
    cells = [
        run["scenario"],
        run["store"],
        f"{goal[0]} / {goal[1]}" if goal else "",
        step["load"],
        f"{step['rate']:,.0f}",
        f"{step['per_second']:,.0f}",
        *(f"{step[name]:.2f}" for name in ("p50_ms", "p90_ms", "p99_ms", "max_ms", "generator_late_p99_ms")),
        str(step["failed"]),
    ]
    return f"| {' | '.join(cells)} |"


def _write_index(folder: Path) -> None:
    pages = sorted((path for path in folder.glob("2*.md")), reverse=True)
    rows = [f"- [{path.stem}]({path.name})" for path in pages]
    text = "# Results\n\nNewest first, each with its machine. Compare ratios within a run, not machines.\n\n"
    (folder / "README.md").write_text(text + "\n".join(rows) + "\n", encoding="utf-8")
