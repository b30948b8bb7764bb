"""The fixed moment of these tests."""

from datetime import UTC, date, datetime

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
