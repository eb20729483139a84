"""Production's settings with one page more."""

from pathlib import Path

from config.settings.production import *  # noqa: F403 settings are inherited whole
from config.settings.production import TEMPLATES

ROOT_URLCONF = "benchmarks.portal_site.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
LOG_LEVEL = "WARNING"
