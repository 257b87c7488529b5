"""The one settings module: production by default, read from the environment (docs/settings.md)."""

import os
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
import structlog
from corsheaders.defaults import default_headers

from portal import environment

# Lets generic classes of Django be subscripted at run time, as their stubs are.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Where the portal runs ---------------------------------------------------------------------
DATA_DIR = Path(os.environ.get("PORTAL_DATA_DIR") or BASE_DIR / "var").resolve()
STATIC_ROOT = DATA_DIR / "static"
DATABASE_URL = environment.url("PORTAL_DATABASE_URL", schemes=("postgres", "postgresql"))
REDIS_URL = environment.url("PORTAL_REDIS_URL", schemes=("redis", "rediss"))
IS_EMBEDDED = not DATABASE_URL
DEBUG = environment.flag("PORTAL_DEBUG", default=False)
SECRET_KEY = environment.secret_key(data_dir=DATA_DIR, is_embedded=IS_EMBEDDED)
ALLOWED_HOSTS = environment.comma_separated(
    "PORTAL_ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]" if IS_EMBEDDED else ""
)
ASGI_SERVER = environment.choice(
    "PORTAL_ASGI_SERVER", default="daphne", allowed=("daphne", "uvicorn")
)
IS_BEHIND_TLS = environment.flag("PORTAL_TLS", default=False)
METRICS_NETWORKS = environment.networks("PORTAL_METRICS_NETWORKS", default="127.0.0.0/8,::1/128")

# --- Applications ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "channels",
    "corsheaders",
    "django_filters",
    "django_prometheus",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "portal.events",
    "portal.runtime",
    "portal.web",
    "provisioning",
    "telephony",
    "notifications",
    "supervision",
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "portal.api.middleware.ApiMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
ROOT_URLCONF = "portal.urls"
ASGI_APPLICATION = "portal.asgi.application"
APPEND_SLASH = False
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.web.navigation.navigation",
            ],
        },
    },
]

# --- Store -------------------------------------------------------------------------------------
if IS_EMBEDDED:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    DATABASES: dict[str, dict[str, Any]] = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "portal.sqlite3",
            "OPTIONS": {
                # A writer takes the write lock when it begins: no transaction fails half-way
                # because another one wrote first. FULL: a commit survives a power cut.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
            },
        }
    }
else:
    DATABASES = {"default": environment.env.db_url_config(DATABASE_URL)}
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Channels and Celery -----------------------------------------------------------------------
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # The layer waits five seconds for a message; the client must be more patient than that.
            "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_timeout": 15}]},
        }
    }
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

# --- Cache --------------------------------------------------------------------------------------
if REDIS_URL:
    CACHES: dict[str, dict[str, Any]] = {
        "default": {
            "BACKEND": "portal.api.cache.PatientRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "portal",
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

# --- Who may come in ---------------------------------------------------------------------------
AUTH_USER_MODEL = "provisioning.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "provisioning.sign_in.UserBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_MIN_LENGTH = environment.whole_number("PORTAL_PASSWORD_MIN_LENGTH", default=8, least=1)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    }
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AXES_FAILURE_LIMIT = environment.whole_number("PORTAL_LOGIN_FAILURE_LIMIT", default=10, least=1)
AXES_HANDLER = "portal.api.lockout.LockoutHandler"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_CLIENT_IP_CALLABLE = "portal.api.addresses.address_of"
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "portal.api.authentication.lockout_name"
AXES_COOLOFF_TIME = 5 / 60
# What is refused unseen counts for nothing: else whoever goes on guessing locks the name for ever.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # user names are unique without regard to case, by a constraint over Upper()
    "axes.W006",  # the lockout is by user name, so changing addresses does not get around it
]

SESSION_COOKIE_NAME = "JSESSIONID"
SESSION_COOKIE_SAMESITE = environment.choice(
    "PORTAL_SESSION_COOKIE_SAMESITE", default="Lax", allowed=("Lax", "Strict", "None")
)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_BEHIND_TLS
CSRF_FAILURE_VIEW = "portal.api.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = environment.comma_separated("PORTAL_CSRF_TRUSTED_ORIGINS")

if IS_BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"

# --- The API -----------------------------------------------------------------------------------
API_VERSION = "8.5.200.23"
API_PROFILE = environment.choice(
    "PORTAL_API_PROFILE", default="8.5.1", allowed=("8.5.1", "8.5.202")
)
API_CSRF_PROTECTION = environment.flag("PORTAL_API_CSRF_PROTECTION", default=True)
API_RATE_PER_MINUTE = environment.whole_number("PORTAL_API_RATE_PER_MINUTE", default=6000)
API_TOKEN_DAYS = environment.whole_number("PORTAL_API_TOKEN_DAYS", default=90, least=1)
API_TOKEN_MAX_DAYS = environment.whole_number("PORTAL_API_TOKEN_MAX_DAYS", default=366, least=1)
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["portal.api.authentication.ApiAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_THROTTLE_CLASSES": ["portal.api.throttling.CallerRate"],
    "DEFAULT_RENDERER_CLASSES": ["portal.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portal.api.parsers.JsonParser"],
    "DEFAULT_SCHEMA_CLASS": "portal.api.schema.ResourceSchema",
    "EXCEPTION_HANDLER": "portal.api.errors.handle_exception",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portal.api.renderers.JsonOnly",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Contact-center portal",
    "VERSION": "2.0",
    "DESCRIPTION": "Provisioning, voice and statistics, as the web services API has them.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SORT_OPERATIONS": False,
    # Values of a choice stand where they are used: components made of them get arbitrary names.
    "POSTPROCESSING_HOOKS": [],
    "SWAGGER_UI_DIST": "/static/vendor/swagger-ui",
    "SWAGGER_UI_FAVICON_HREF": "/static/img/favicon.svg",
}
CORS_ALLOWED_ORIGIN_REGEXES: list[str] = []
CORS_ALLOWED_ORIGINS = environment.comma_separated("PORTAL_CORS_ORIGINS")
CORS_ALLOW_CREDENTIALS = True
CORS_URLS_REGEX = r"^/api/"
CORS_EXPOSE_HEADERS = ["X-CSRF-HEADER", "X-CSRF-TOKEN", "ETag", "Retry-After"]
CORS_ALLOW_HEADERS = [
    *default_headers,
    "x-csrf-token",
    "x-csrf-header",
    "x-change-reason",
    "if-match",
]

# --- Events and live state ---------------------------------------------------------------------
EVENT_RETENTION_DAYS = environment.whole_number("PORTAL_EVENT_RETENTION_DAYS", default=30, least=1)
CALL_RECORD_RETENTION_DAYS = environment.whole_number(
    "PORTAL_CALL_RECORD_RETENTION_DAYS", default=366, least=1
)
RING_TIMEOUT_SECONDS = environment.whole_number("PORTAL_RING_TIMEOUT_SECONDS", default=15, least=1)
SESSION_EXPIRY_SECONDS = environment.whole_number(
    "PORTAL_SESSION_EXPIRY_SECONDS", default=60, least=1
)

# --- Notifications: the Bayeux server ----------------------------------------------------------
BAYEUX_TIMEOUT_MS = environment.whole_number("PORTAL_BAYEUX_TIMEOUT_MS", default=25_000, least=100)
BAYEUX_MAX_INTERVAL_MS = environment.whole_number(
    "PORTAL_BAYEUX_MAX_INTERVAL_MS", default=20_000, least=100
)
BAYEUX_MAX_MESSAGE_BYTES = environment.whole_number(
    "PORTAL_BAYEUX_MAX_MESSAGE_BYTES", default=131_072, least=32_768
)
BAYEUX_MAX_HELD_PER_BROWSER = environment.whole_number(
    "PORTAL_BAYEUX_MAX_HELD_PER_BROWSER", default=4, least=1
)
BAYEUX_WEBSOCKET = environment.flag("PORTAL_BAYEUX_WEBSOCKET", default=True)
BAYEUX_CALLBACK_POLLING = environment.flag("PORTAL_BAYEUX_CALLBACK_POLLING", default=True)
BAYEUX_TRIGGER = environment.flag("PORTAL_BAYEUX_TRIGGER", default=False)

# --- Mobile push -------------------------------------------------------------------------------
MOBILE_PUSH_URL = environment.url("PORTAL_MOBILE_PUSH_URL", schemes=("https", "http"))
# The class of `notifications.push.gateway.PushGateway` that speaks to what is at that URL.
MOBILE_PUSH_GATEWAY = "notifications.push.gateway.HttpGateway"
MOBILE_PUSH_BACKOFF_SECONDS = environment.whole_number(
    "PORTAL_MOBILE_PUSH_BACKOFF_SECONDS", default=2, least=1
)
MOBILE_PUSH_MAX_ATTEMPTS = environment.whole_number(
    "PORTAL_MOBILE_PUSH_MAX_ATTEMPTS", default=8, least=1
)
MOBILE_PUSH_SUBSCRIPTION_SECONDS = environment.whole_number(
    "PORTAL_MOBILE_PUSH_SUBSCRIPTION_SECONDS", default=3600, least=60
)

# --- Webhooks ----------------------------------------------------------------------------------
WEBHOOK_ALLOWED_NETWORKS = environment.networks("PORTAL_WEBHOOK_ALLOWED_NETWORKS")
WEBHOOK_ALLOW_HTTP = environment.flag("PORTAL_WEBHOOK_ALLOW_HTTP", default=False)
WEBHOOK_TIMEOUT_SECONDS = environment.whole_number(
    "PORTAL_WEBHOOK_TIMEOUT_SECONDS", default=10, least=1
)
WEBHOOK_BACKOFF_SECONDS = environment.whole_number(
    "PORTAL_WEBHOOK_BACKOFF_SECONDS", default=10, least=1
)
WEBHOOK_MAX_ATTEMPTS = environment.whole_number("PORTAL_WEBHOOK_MAX_ATTEMPTS", default=12, least=1)
WEBHOOK_FAILURE_LIMIT = environment.whole_number(
    "PORTAL_WEBHOOK_FAILURE_LIMIT", default=50, least=1
)
WEBHOOK_SECRET_GRACE_HOURS = environment.whole_number(
    "PORTAL_WEBHOOK_SECRET_GRACE_HOURS", default=24
)
WEBHOOK_RETENTION_DAYS = environment.whole_number(
    "PORTAL_WEBHOOK_RETENTION_DAYS", default=7, least=1
)

# --- Pages -------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOCALE_PATHS = [BASE_DIR / "locale"]
STATIC_URL = "/static/"
NODE_MODULES = BASE_DIR / "node_modules"
# Browser libraries are served from their npm packages; each entry names only what pages load.
STATICFILES_DIRS: list[Any] = [
    BASE_DIR / "static",
    ("vendor/htmx", NODE_MODULES / "htmx.org" / "dist"),
    ("vendor/inter", NODE_MODULES / "@fontsource-variable" / "inter"),
    ("vendor/swagger-ui", NODE_MODULES / "swagger-ui-dist"),
    ("vendor/tabler/css", NODE_MODULES / "@tabler" / "core" / "dist" / "css"),
    ("vendor/tabler/js", NODE_MODULES / "@tabler" / "core" / "dist" / "js"),
]
WHITENOISE_USE_FINDERS = True

# --- Logging -----------------------------------------------------------------------------------
LOG_LEVEL = environment.choice(
    "PORTAL_LOG_LEVEL", default="INFO", allowed=("DEBUG", "INFO", "WARNING", "ERROR")
)
_LOG_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
_LOG_RENDERERS: list[Any] = (
    [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
    if IS_EMBEDDED
    else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
)
structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        *_LOG_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "portal": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": _LOG_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_LOG_RENDERERS,
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "portal"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "daphne.http_protocol": {"level": "WARNING"},
        "django.channels.server": {"level": "WARNING"},
        # The API answers refusals by the thousand; what failed is logged by its own handler.
        "django.request": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
        # Django gives this one a handler of its own, beside the root's.
        "django": {"handlers": [], "propagate": True},
    },
}

# --- Statistics --------------------------------------------------------------------------------
STATISTICS_FILE = os.environ.get("PORTAL_STATISTICS_FILE", "")
STATISTICS_RETENTION_DAYS = environment.whole_number(
    "PORTAL_STATISTICS_RETENTION_DAYS", default=30, least=1
)
ACTIVITY_RETENTION_DAYS = environment.whole_number(
    "PORTAL_ACTIVITY_RETENTION_DAYS", default=366, least=1
)
EXPORT_RETENTION_HOURS = environment.whole_number(
    "PORTAL_EXPORT_RETENTION_HOURS", default=24, least=1
)
