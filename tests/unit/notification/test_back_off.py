"""When a notification is sent again."""

from datetime import UTC, datetime, timedelta

from server.notification.back_off import END, LONGEST, PATIENCE, after_attempt, gives_up, next_probe

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def test_the_first_retry_comes_within_two_seconds_and_the_others_twice_as_late_up_to_a_minute() -> None:
    waits = [after_attempt("sub-1", attempt, NOW) - NOW for attempt in range(1, 9)]

    longest = [min(timedelta(seconds=2**attempt), LONGEST) for attempt in range(1, 9)]
    assert all(most / 2 <= wait <= most for wait, most in zip(waits, longest, strict=True))


def test_many_that_failed_together_come_back_apart() -> None:
    moments = {after_attempt(f"sub-{number}", 5, NOW) for number in range(200)}

    assert len(moments) == 200
    assert max(moments) - min(moments) > timedelta(seconds=12)


def test_attempts_go_on_for_at_least_ten_minutes() -> None:
    now, attempts = NOW, 0
    while not gives_up(NOW, now):
        attempts += 1
        now = after_attempt("sub-1", attempts, now)

    assert timedelta(minutes=10) <= PATIENCE <= now - NOW <= PATIENCE + LONGEST
    assert attempts >= 15


def test_a_failing_endpoint_is_asked_now_and_then_for_a_week() -> None:
    now, probes = NOW + PATIENCE, []
    while (probe := next_probe(NOW, now)) is not None:
        probes.append(probe - now)
        now = probe

    assert now - NOW >= END
    assert probes[0] == timedelta(minutes=5)
    assert probes == sorted(probes)
    assert probes[-1] == timedelta(hours=1)
