"""Settings for the tests: real PostgreSQL and Valkey, started by tests/services.py unless the environment has them."""

import os
import tempfile
from pathlib import Path

from config import embedded

# The folder of the services this run starts for itself; None when they are given. Parallel workers inherit the
# environment of the process that starts them, so to them they are given.
TEST_SERVICES: Path | None = None
if not {"DATABASE_URL", "CACHE_URL"} <= os.environ.keys():
    TEST_SERVICES = Path(tempfile.gettempdir()) / f"dangol-tests-{os.getpid()}"
    os.environ |= embedded.addresses(TEST_SERVICES).environment()

from config.settings.development import *  # noqa: E402

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOG_LEVEL = "WARNING"
MEDIA_ROOT = Path(tempfile.gettempdir()) / f"dangol-media-{os.getpid()}"  # gone with the process: tests/services.py
