"""Settings for production. It refuses to start on unsafe ones, naming each (config/safety.py)."""

import os

from config.safety import refuse_unsafe, warn_unusual
from config.settings.base import *

DEBUG = False
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
LOG_FORMAT = "json"

refuse_unsafe(globals(), os.environ)
warn_unusual(globals())
