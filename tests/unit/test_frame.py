"""Bodies in frames: what is read is what was written, in whichever thread, and damage is noticed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from server.storage.frame import MAGIC, SMALL_BYTES, compress, expand


@given(st.lists(st.binary(max_size=2_000), min_size=1, max_size=8))
def test_what_is_read_is_what_was_written(bodies: list[bytes]) -> None:
    with ThreadPoolExecutor(3) as threads:
        frames = list(threads.map(lambda body: compress(body, level=3, checksum=True), bodies))

        assert all(frame.startswith(MAGIC) for frame in frames)
        assert list(threads.map(expand, frames)) == bodies


def test_damage_is_noticed() -> None:
    frame = bytearray(compress(b"x" * 50 + b"y" * 50, level=3, checksum=True))
    frame[-1] ^= 1

    with pytest.raises(zstandard.ZstdError):
        expand(bytes(frame))


@pytest.mark.parametrize("size", [0, 1, SMALL_BYTES, SMALL_BYTES + 1, 3 * SMALL_BYTES])
@pytest.mark.parametrize("checksum", [True, False])
def test_a_frame_tells_the_size_of_its_body_whatever_that_is(size: int, checksum: bool) -> None:
    body = bytes(index * index % 251 for index in range(size))

    frame = compress(body, level=3, checksum=checksum)

    told = zstandard.get_frame_parameters(frame)
    assert (told.content_size, told.has_checksum, expand(frame)) == (size, checksum, body)
