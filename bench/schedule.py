"""When requests are to be sent, and what a run's latencies come to. Pure, so that the arithmetic can be tested.

The schedule is open: arrivals are drawn beforehand (exponential gaps, as of many independent clients) and do not wait
for answers. Latency counts from the intended time, so that a stalled server is charged for everyone who waited.
"""

import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Seconds after the start at which requests are due, at `rate` a second on average."""
    chance = random.Random(seed)
    due, moments = 0.0, list[float]()
    while (due := due + chance.expovariate(rate)) < seconds:
        moments.append(due)
    return moments


def percentile(sorted_values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed; 0 of no values."""
    if not sorted_values:
        return 0.0
    rank = math.ceil(len(sorted_values) * share - 1e-9)
    return sorted_values[min(max(rank, 1), len(sorted_values)) - 1]


@dataclass(frozen=True, slots=True)
class Latencies:
    """Latencies of one run in milliseconds, and how many requests were answered as they should be."""

    requests: int
    failed: int
    per_second: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    max_ms: float
    generator_late_p99_ms: float
    """How late the generator itself sent; near the latencies, the figures say nothing of the server."""

    def as_json(self) -> dict[str, float | int]:
        """The figures, for a results file."""
        return {key: round(value, 3) if isinstance(value, float) else value for key, value in asdict(self).items()}


def summarize(latencies: Sequence[float], late: Sequence[float], failed: int, seconds: float) -> Latencies:
    """What a run's latencies (seconds, of the answered requests) come to."""
    ordered, lateness = sorted(latencies), sorted(late)
    return Latencies(
        requests=len(ordered) + failed,
        failed=failed,
        per_second=len(ordered) / seconds if seconds else 0.0,
        p50_ms=percentile(ordered, 0.50) * 1000,
        p90_ms=percentile(ordered, 0.90) * 1000,
        p99_ms=percentile(ordered, 0.99) * 1000,
        max_ms=(ordered[-1] if ordered else 0.0) * 1000,
        generator_late_p99_ms=percentile(lateness, 0.99) * 1000,
    )
