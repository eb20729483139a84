"""Settings for `make demo` and work on the code: everything embedded, nothing to configure."""

from config.settings.base import *
from config.settings.base import ENCRYPTION_KEYS, SECRET_KEY, env

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = SECRET_KEY or "development-only-not-a-secret"
ENCRYPTION_KEYS = ENCRYPTION_KEYS or ["5yPBxKRHqPkRcvOlhvyNUhXo1tJvZyQ6oFJgtTeo0Xk="]
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
