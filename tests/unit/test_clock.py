"""Ids and numbers are as long and as different as they must be, whatever was drawn together."""

import re
import time
import uuid

from server.clock import Ids


def test_ids_are_uuids_of_the_present_moment_that_never_repeat() -> None:
    ids = Ids()
    before = time.time_ns() // 1_000_000

    made = [ids.new_id() for _ in range(2_000)]

    after = time.time_ns() // 1_000_000
    assert len(set(made)) == len(made)
    assert {(uuid.UUID(each).version, uuid.UUID(each).variant, str(uuid.UUID(each)) == each) for each in made} == {
        (7, uuid.RFC_4122, True)
    }
    moments = [uuid.UUID(each).int >> 80 for each in made]
    assert moments == sorted(moments)
    assert before <= moments[0]
    assert moments[-1] <= after


def test_every_other_bit_of_an_id_is_chance() -> None:
    ids = Ids()

    made = [uuid.UUID(ids.new_id()).int for _ in range(600)]

    drawn = (1 << 80) - 1 - (0xF << 76) - (0x3 << 62)
    ones, zeros = 0, 0
    for each in made:
        ones |= each & drawn
        zeros |= ~each & drawn
    assert (ones, zeros) == (drawn, drawn)


def test_numbers_have_their_prefix_and_twelve_characters_that_are_told_apart() -> None:
    ids = Ids()

    made = [ids.number("PA") for _ in range(2_000)]

    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"PA[2-9A-HJ-NP-Z]{12}", each) for each in made)
    assert len({character for each in made for character in each[2:]}) == 32


def test_two_makers_of_ids_share_nothing() -> None:
    one, other = Ids(), Ids()

    assert not {one.new_id() for _ in range(600)} & {other.new_id() for _ in range(600)}
