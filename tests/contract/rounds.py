"""When a crash test kills: at random moments, and for as many rounds as it takes to prove something."""

import random
from collections.abc import Callable, Iterator

PATIENCE = 40
"""So many rounds more are given to a busy machine."""
SLOWER = 1.15
"""Each of them may last so many times longer than the one before."""


def moments(
    chance: random.Random, rounds: int, shortest: float, longest: float, enough: Callable[[], bool]
) -> Iterator[float]:
    """Seconds until the kill of each round.

    How much is acknowledged in a second depends on the machine; that enough was acknowledged at the end must not. So
    after `rounds` it goes on, with more and more time in a round, until there is enough.
    """
    for _ in range(rounds):
        yield chance.uniform(shortest, longest)
    for _ in range(PATIENCE):
        if enough():
            return
        longest *= SLOWER
        yield chance.uniform(shortest, longest)
