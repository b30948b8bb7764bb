"""Ids and numbers are as long and as different as they must be, whatever was drawn together."""

import re
import uuid

from server.clock import Ids


def test_ids_are_random_uuids_that_never_repeat() -> None:
    ids = Ids()

    made = [ids.new_id() for _ in range(2_000)]

    assert len(set(made)) == len(made)
    assert {(uuid.UUID(each).version, uuid.UUID(each).variant, str(uuid.UUID(each)) == each) for each in made} == {
        (4, uuid.RFC_4122, True)
    }


def test_numbers_have_their_prefix_and_twelve_characters_that_are_told_apart() -> None:
    ids = Ids()

    made = [ids.number("PA") for _ in range(2_000)]

    assert len(set(made)) == len(made)
    assert all(re.fullmatch(r"PA[2-9A-HJ-NP-Z]{12}", each) for each in made)
    assert len({character for each in made for character in each[2:]}) == 32


def test_two_makers_of_ids_share_nothing() -> None:
    one, other = Ids(), Ids()

    assert not {one.new_id() for _ in range(600)} & {other.new_id() for _ in range(600)}
