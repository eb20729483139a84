"""Settings shared by every environment. What differs between installations comes from the environment (12-factor)."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from config.salt import salt_of_shop

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent.parent

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, newest first: the first encrypts, all decrypt. See config/encryption.py.
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])
# What they encrypt for longer than some minutes: app.Model.column, with the key of a JSON column after a colon.
# `manage.py rotate_keys` brings all of it under the first key.
ENCRYPTED = [
    "storefront.StoreSecret.ciphertext",
    "storefront.Store.credentials",
    "api.IdempotentCall.body",
    "webhooks.Endpoint.secrets",
    "storefront.Store.widget:secret",
    "storefront.Store.widget:old_secret",
    "mfa.Authenticator.data:secret",
    "mfa.Authenticator.data:seed",
]

# Where people reach this installation. Shops live on subdomains of its host, or on domains of their own.
PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000")
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or "localhost"
# Any host is let through to the tenant middleware, which answers 404 for one that no merchant owns.
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])

# Where requests on a merchant's word may go (config/egress.py): https to these ports of public addresses, and to
# "host:port" pairs named here although they are private or speak plain http.
EGRESS_PORTS = env.list("EGRESS_PORTS", cast=int, default=[443, 8443])
EGRESS_ALLOWED = env.list("EGRESS_ALLOWED", default=[])

# ── Apps ────────────────────────────────────────────────────────────────────────────────────────
# Users and sessions live in the tenant's schema and, for operators, in public: the two never mix.
SIGN_IN_APPS = [
    "staff",
    "django.contrib.sessions",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
SHARED_APPS = [
    "django_tenants",
    "config",
    "tenants",
    "unfold",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.admin",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "welcome",
    "allauth",
    *SIGN_IN_APPS,
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "lucide",
]
TENANT_APPS = [
    *SIGN_IN_APPS,
    "customers",
    "storefront",
    "webhooks",
    "loyalty",
    "imports",
    "referrals",
    "campaigns",
    "backoffice",
    "portal",
    "api",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]

# ── Tenancy ─────────────────────────────────────────────────────────────────────────────────────
TENANT_MODEL = "tenants.Merchant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True  # safe from django-tenants 4.0.1 on; tests/isolation keeps the regression test
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
POOL_SIZE = env.int("POOL_SIZE", default=5)  # schemas kept ready for sign-ups
ALARM_LEASE_SECONDS = env.int("ALARM_LEASE_SECONDS", default=60)  # a worker that vanished is missed after this long
ROOT_URLCONF = "config.urls.shop"
PUBLIC_SCHEMA_URLCONF = "config.urls.public"

# ── Database, cache, broker ─────────────────────────────────────────────────────────────────────
DATABASES = {
    "default": {
        **env.db_url("DATABASE_URL", default="postgres://postgres@localhost/dangol"),
        "ENGINE": "django_tenants.postgresql_backend",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=120),
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": env.str("CACHE_URL", default="redis://localhost:6379/1"),
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},  # seconds: nobody waits for the cache
        "KEY_FUNCTION": "django_tenants.cache.make_key",
    }
}
CELERY_BROKER_URL = env.str("BROKER_URL", default="redis://localhost:6379/0")

# ── Requests ────────────────────────────────────────────────────────────────────────────────────
MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.proxies.ClientAddressMiddleware",
    "config.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "storefront.middleware.HookMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tenants.middleware.TenantMiddleware",
    "portal.widget.framing.FrameMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.LanguageMiddleware",
    "tenants.middleware.AvailabilityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "staff.tills.TillMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
]
# How many reverse proxies of our own stand before the application; see config/proxies.py.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
WSGI_APPLICATION = "config.wsgi.application"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SESSION_ENGINE = "tenants.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# ── Templates, static files ─────────────────────────────────────────────────────────────────────
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django_cotton.cotton_loader.Loader",
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
                "lucide.templatetags.lucide",
                "config.templatetags.formats",
                "config.templatetags.ui",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.shell",
                "staff.context.can",
                "staff.context.confirmation",
                "backoffice.context.navigation",
                "portal.context.navigation",
            ],
        },
    }
]
COTTON_DIR = "cotton"
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(ROOT / "staticfiles")))
STATICFILES_DIRS = [ROOT / "static", ("vendor", ROOT / "assets" / "vendor")]
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(ROOT / ".dangol" / "media")))
MULTITENANT_RELATIVE_MEDIA_ROOT = "%s"
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# ── Language and time ───────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# ── Sign-in of staff ────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "staff.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/backoffice/"
ACCOUNT_ADAPTER = "staff.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CHANGE_EMAIL = True  # one address each; a new one counts once it is verified
ACCOUNT_EMAIL_NOTIFICATIONS = (
    True  # tell people what changed in their account; the trail hangs on it (staff/adapter.py)
)
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SALT = lazy(salt_of_shop, str)()  # allauth signs bare ids, which mean somebody else at another shop
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
USERSESSIONS_TRACK_ACTIVITY = False
MFA_ADAPTER = "staff.adapter.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True

# ── The REST API (api/) ─────────────────────────────────────────────────────────────────────────
API_CALLS_PER_MINUTE = env.int("API_CALLS_PER_MINUTE", default=600)  # of one key
REST_FRAMEWORK = {
    "UNAUTHENTICATED_USER": None,  # no session, no cookie: only keys (api/entry.py)
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {"TITLE": "Dangol", "VERSION": "1", "OAS_VERSION": "3.1.1", "POSTPROCESSING_HOOKS": []}

# ── The operator's admin (tenants/operator/) ────────────────────────────────────────────────────
UNFOLD = {
    "SITE_TITLE": "Dangol",
    "SITE_HEADER": "Dangol",
    "SITE_SYMBOL": "storefront",
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {
        "navigation": [
            {
                "items": [
                    {"title": _("Merchants"), "icon": "storefront", "link": "/operator/tenants/merchant/"},
                    {"title": _("Alarms"), "icon": "alarm", "link": "/operator/tenants/alarm/"},
                    {"title": _("Ready schemas"), "icon": "database", "link": "/operator/tenants/pooledschema/"},
                    {"title": _("Trail"), "icon": "history", "link": "/operator/tenants/trailentry/"},
                ]
            }
        ]
    },
}

# ── Mail ────────────────────────────────────────────────────────────────────────────────────────
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"Dangol <no-reply@{PUBLIC_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The demo keeps its mails in a folder and shows them at /outbox/ (config/outbox.py). Never in production.
SHOW_OUTBOX = False
OUTBOX = ROOT / ".dangol" / "outbox"
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)  # seconds a page waits for the mail server at most

# ── Celery: the muscle. PostgreSQL keeps the truth (tenants/alarms.py) ──────────────────────────
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = ALARM_LEASE_SECONDS - 5  # a task ends, or is ended, before its lease does
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # config/logs.py sets up the log of workers too

# ── Logs ────────────────────────────────────────────────────────────────────────────────────────
LOGGING_CONFIG = None  # config/logs.py sets up structlog from config.apps
LOG_FORMAT = env.str("LOG_FORMAT", default="console")
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
SILENCED_SYSTEM_CHECKS: list[str] = []
