"""The PostgreSQL and Valkey of a test run: one of each for all parallel workers, gone with all data at the end."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest
from django.conf import settings

from config import embedded

_running = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start them, unless the environment names others (as it does for parallel workers)."""
    if settings.TEST_SERVICES is not None and not config.option.collectonly:
        _running.callback(shutil.rmtree, settings.TEST_SERVICES, ignore_errors=True)
        try:
            _running.enter_context(embedded.services(settings.TEST_SERVICES, durable=False))
        except embedded.CannotStartError as error:
            _running.close()
            pytest.exit(str(error), returncode=3)


def pytest_unconfigure(config: pytest.Config) -> None:
    _running.close()
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
