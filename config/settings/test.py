"""Settings for the tests: real PostgreSQL and Valkey, started by tests/conftest.py unless DATABASE_URL and CACHE_URL name others."""

from config.settings.development import *

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
LOG_LEVEL = "WARNING"
