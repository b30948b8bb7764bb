"""Runs the whole benchmark: `make bench` (about four minutes), `make bench BENCH_ARGS=--long` (about half an hour).

For each scenario: one server process on one core; the rate that it saturates at; then, on an open schedule, a light
load, half of that rate and, in the long run, 80 % of it. Results go to bench/results with the machine and the date.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from bench import machine, many_cases, members, notified, report, rules, stores, target

SCENARIOS = ("order-sign", "questionnaire-package", "submit", "update", "read", "inquire", "notifications")
AFTER_SUBMIT = ("update", "read")
"""Scenarios that need requests that were answered before."""
PAYER = "payer-demo"


@dataclass(frozen=True, slots=True)
class Length:
    """How long each step of a scenario takes, in seconds, and which shares of the saturated rate are measured."""

    saturate: float
    step: float
    shares: tuple[float, ...]
    cases: tuple[int, ...]
    """Sizes of the stores that inquiries are measured in."""
    cases_mongodb: tuple[int, ...]


SHORT = Length(saturate=3, step=4, shares=(0.8,), cases=(1_000, 20_000), cases_mongodb=())
LONG = Length(
    saturate=15, step=30, shares=(0.5, 0.8), cases=(1_000, 100_000, 1_000_000), cases_mongodb=(1_000, 100_000)
)
LIGHT_RATE = 20.0
CONCURRENCY = 32


@dataclass(slots=True)
class Bench:
    """One run of the benchmark, its choices and what it has seen."""

    folder: Path
    content: Path
    length: Length
    members: int
    cores: tuple[int | None, int | None]
    out: Console
    seed: int = 0

    def start(self, store: str, content: Path | None = None) -> target.Target:
        """A server on the store, with the members imported beforehand."""
        settings = {"store_url": store, "content_path": str(content or self.content), "reload_seconds": "0"}
        settings["notification_endpoints"] = "any"
        return target.start(settings, self.cores[0], self.folder / "server.log")

    def load(self, server: target.Target, scenario: str, **plan: Any) -> dict[str, Any]:
        """One drive of the generator against the server."""
        self.seed += 1
        whole = {
            "scenario": scenario,
            "base": server.base,
            "members": self.members,
            "core": self.cores[1],
            "seed": self.seed,
            "run": str(self.folder),
            "warm": 30,
            "concurrency": CONCURRENCY,
            "keep": 0,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(whole | plan),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        figures: dict[str, Any] = json.loads(done.stdout)
        if figures["first_failure"]:
            self.out.print(
                f"  an answer was not as it should be: {figures['first_failure'][:300]}", style="red", markup=False
            )
        return figures

    def scenario(self, server: target.Target, scenario: str, store: str) -> dict[str, Any]:
        """All steps of a scenario on a running server."""
        ids = (
            self.load(server, "submit", mode="saturate", seconds=4, keep=2000)["kept"]
            if scenario in AFTER_SUBMIT
            else []
        )
        before = server.cpu_seconds()
        saturated = self.load(server, scenario, mode="saturate", seconds=self.length.saturate, ids=ids)
        cpu = server.cpu_seconds() - before
        steps = []
        if not saturated["per_second"]:
            raise RuntimeError(f"{scenario}: no answer was as it should be: {saturated['first_failure']}")
        shares = [(f"{share:.0%} of saturation", share * saturated["per_second"]) for share in self.length.shares]
        for load, rate in [("light", LIGHT_RATE), *shares]:
            figures = self.load(server, scenario, mode="open", rate=rate, seconds=self.length.step, ids=ids)
            figures.pop("kept")
            steps.append({"load": load, "rate": rate} | figures)
            self.out.print(
                f"  {scenario:22} {store:8} {load:18} {rate:7.0f}/s  p50 {figures['p50_ms']:8.2f} ms"
                f"  p99 {figures['p99_ms']:8.2f} ms  failed {figures['failed']}",
                soft_wrap=True,
            )
        saturated.pop("kept")
        return {
            "scenario": scenario,
            "store": store,
            "saturated": saturated,
            "cpu_ms_per_request": 1000 * cpu / max(saturated["requests"] + 30, 1),
            "resident_mb": server.resident_mb(),
            "steps": steps,
        }


def import_members(bench: Bench, store: str) -> None:
    """Imports the members that requests are drawn from, with the command that a user would take."""
    file = bench.folder / f"members-{bench.members}.ndjson"
    if not file.is_file():
        members.write_members(file, bench.members, PAYER)
    environment = dict(os.environ) | {"PASSAGE_STORE_URL": store, "PASSAGE_CONTENT_PATH": str(bench.content)}
    command = [sys.executable, "-m", "server", "members", "import", str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout[-1500:] + done.stderr[-1500:])


def measure(bench: Bench, results: dict[str, Any], scenarios: tuple[str, ...]) -> None:
    """Fills the results: starts, then every scenario on SQLite, then those that write on MongoDB where there is one."""
    for what, content in (("shipped content", None), (f"{results['rules']:,} rules", bench.content)):
        server = bench.start(stores.sqlite_url(bench.folder), content or rules.shipped())
        results["starts"].append(
            {"what": what, "seconds": server.cold_start_seconds, "resident_mb": server.resident_mb()}
        )
        bench.out.print(f"  cold start, {what}: {server.cold_start_seconds:.2f} s, {server.resident_mb():.0f} MB")
        server.stop()
    _all_on_sqlite(bench, results, scenarios)
    with stores.mongodb_urls(bench.folder) as mongodb:
        if mongodb is None:
            bench.out.print("  mongodb: no server here, so SQLite alone is measured")
        else:
            _all_on_mongodb(bench, results, scenarios, mongodb)


def _all_on_sqlite(bench: Bench, results: dict[str, Any], scenarios: tuple[str, ...]) -> None:
    new_url = partial(stores.sqlite_url, bench.folder)
    if calls := tuple(each for each in scenarios if each not in ("inquire", "notifications")):
        _on_store(bench, results, new_url(), "SQLite", calls)
    if "inquire" in scenarios:
        _inquiries(bench, results, new_url, "SQLite", bench.length.cases)
    if "notifications" in scenarios:
        _notifications(bench, results, new_url(), "SQLite")


def _all_on_mongodb(
    bench: Bench, results: dict[str, Any], scenarios: tuple[str, ...], new_url: Callable[[], str]
) -> None:
    """Those that write, as that is where the stores differ, and inquiries where the run is long."""
    if calls := tuple(each for each in scenarios if each in ("submit", "update")):
        _on_store(bench, results, new_url(), "MongoDB", calls)
    if "inquire" in scenarios:
        _inquiries(bench, results, new_url, "MongoDB", bench.length.cases_mongodb)
    if "notifications" in scenarios:
        _notifications(bench, results, new_url(), "MongoDB")


def _inquiries(
    bench: Bench, results: dict[str, Any], new_url: Callable[[], str], store: str, sizes: Sequence[int]
) -> None:
    """The same inquiries in ever larger stores: what they cost must not grow with what others have."""
    # As many members are asked about in each, so that what differs is what others have.
    few = replace(bench, members=min(bench.members, min(sizes, default=0) // many_cases.EACH))
    for cases in sizes:
        url = new_url()
        server = _prepared(few, url)
        server.stop()
        began = time.perf_counter()
        many_cases.fill(url, cases, few.members)
        seconds = time.perf_counter() - began
        bench.out.print(f"  {cases:,} cases filled in {seconds:.0f} s")
        server = bench.start(url)
        try:
            run = few.scenario(server, "inquire", store)
        finally:
            server.stop()
        results["runs"].append(run | {"scenario": f"inquire of {cases:,} cases", "fill_seconds": seconds})
    bench.seed = few.seed


def _notifications(bench: Bench, results: dict[str, Any], url: str, store: str) -> None:
    server = _prepared(bench, url)
    try:
        figures = notified.measure(server, url, bench.cores[1])
    finally:
        server.stop()
    results["notifications"].append({"store": store} | figures)
    bench.out.print(
        f"  notifications          {store:8} {figures['told']} told at {figures['per_second']:.0f}/s,"
        f" p50 {figures['p50_ms']:.0f} ms after the write, missing {figures['missing']}, gaps {figures['gaps']}",
        soft_wrap=True,
    )


def _prepared(bench: Bench, url: str) -> target.Target:
    """A server on a store with the members and the answers to a few requests."""
    bench.start(url, rules.shipped()).stop()
    import_members(bench, url)
    server = bench.start(url)
    bench.load(server, "submit", mode="saturate", seconds=0.2)
    return server


def _on_store(bench: Bench, results: dict[str, Any], url: str, name: str, scenarios: tuple[str, ...]) -> None:
    server = _prepared(bench, url)
    try:
        for scenario in scenarios:
            results["runs"].append(bench.scenario(server, scenario, name))
    finally:
        server.stop()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--long", action="store_true", help="about half an hour instead of four minutes")
    parser.add_argument("--rules", type=int, default=10_000, help="coverage rules to load (default 10,000)")
    parser.add_argument("--members", type=int, default=2_000, help="members to draw from (default 2,000)")
    parser.add_argument("--cases", type=int, nargs="+", help="sizes of the stores that inquiries are measured in")
    parser.add_argument("--only", choices=SCENARIOS, help="one scenario")
    parser.add_argument("--out", type=Path, default=report.RESULTS, help="folder for the results")
    return parser.parse_args()


def _cores() -> tuple[int | None, int | None]:
    """The core for the server and the one for the generator; neither where this machine has but one."""
    available = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (available[0], available[1]) if len(available) > 1 else (None, None)


def main() -> None:
    """Runs the benchmark and writes the results."""
    arguments, out = _arguments(), Console()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="passage-bench-") as name:
        folder = Path(name)
        content = rules.write_content(folder / "content", arguments.rules)
        length = LONG if arguments.long else SHORT
        if arguments.cases:
            most = max(LONG.cases_mongodb)
            on_mongodb = tuple(size for size in arguments.cases if size <= most)
            length = replace(length, cases=tuple(arguments.cases), cases_mongodb=on_mongodb)
        bench = Bench(folder, content, length, arguments.members, _cores(), out)
        results: dict[str, Any] = {
            "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "machine": machine.describe(),
            "rules": arguments.rules,
            "members": arguments.members,
            "starts": [],
            "runs": [],
            "notifications": [],
        }
        measure(bench, results, (arguments.only,) if arguments.only else SCENARIOS)
        page = report.write(results, arguments.out)
    out.print(f"{page} after {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
