"""Production's settings, and one bare view before all middleware."""

from config.settings.production import *  # noqa: F403 settings are inherited whole
from config.settings.production import MIDDLEWARE, STORAGES

STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # none are served
MIDDLEWARE = ["benchmarks.hook_site.bare.BareMiddleware", *MIDDLEWARE]
LOG_LEVEL = "WARNING"
