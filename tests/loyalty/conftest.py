"""What the ledger's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from loyalty.audit import audit


@pytest.fixture
def books_hold() -> Iterator[None]:
    """After the test every rule of the ledger holds."""
    yield
    assert audit() == []
