"""Every setting, and the only place that reads the environment. Without SECRET_KEY: development on localhost."""

import base64
import hashlib
import os
from datetime import timedelta
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from config import embedded, storage

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent

# Without servers of somebody else's the house brings its own, in this folder.
DATA_DIR = Path(env("QIYING_DATA", default=str(BASE_DIR / ".qiying"))).resolve()
EMBEDDED_POSTGRES = "DATABASE_URL" not in env
EMBEDDED_REDIS = "REDIS_URL" not in env
DATABASE_URL = env("DATABASE_URL", default=embedded.database_url(DATA_DIR))
REDIS_URL = env("REDIS_URL", default=embedded.redis_url(DATA_DIR))

SECRET_KEY = env("SECRET_KEY", default="")
DEVELOPMENT = not SECRET_KEY
if DEVELOPMENT:
    SECRET_KEY = "development only: never leaves this machine"  # noqa: S105
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", "testserver"] if DEVELOPMENT else []
)
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# Keys of the encrypted columns; the first writes, all read. Kept apart from SECRET_KEY, which may be changed freely.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
if not FIELD_KEYS:
    if not DEVELOPMENT:
        raise ImproperlyConfigured("FIELD_KEYS is needed: phones and contact names are encrypted with it.")
    FIELD_KEYS = [base64.urlsafe_b64encode(hashlib.sha256(SECRET_KEY.encode()).digest()).decode()]

PROXIES = env.int("PROXIES", default=0)  # of our own before the web processes, each adding to X-Forwarded-For
METRICS_TOKEN = env("METRICS_TOKEN", default="")  # who brings it reads /metrics; empty: private addresses only
# One folder for all processes of a web server: they share a parent. prometheus_client looks for it when it is loaded.
METRICS_DIR = DATA_DIR / "metrics" / str(os.getppid())
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)
FILINGS_PER_HOUR = env.int("FILINGS_PER_HOUR", default=60)  # of one enterprise; 0 = no limit

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "knox",
    "rest_framework",
    "chains",
    "routing",
    "appeals",
    "config",
]
MIDDLEWARE = [
    "config.metrics.timed",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.middleware.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "appeals.middleware.refusals",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "appeals.views.shell.shell",
            ]
        },
    }
]

DATABASES = {
    "default": {
        **env.db_url_config(DATABASE_URL),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": embedded.redis_database(REDIS_URL, 2),
        # Whatever hangs there must not hang a request.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

CELERY_BROKER_URL = embedded.broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TIMEZONE = env("TIME_ZONE", default="Asia/Shanghai")
# A task lost or doubled by the broker does no harm: what is due stands in the database.
CELERY_BEAT_SCHEDULE = {
    "sweep timers": {"task": "appeals.tasks.sweep_timers", "schedule": 30, "options": {"expires": 30}},
    "deliver notices": {"task": "routing.tasks.deliver_notices", "schedule": 15, "options": {"expires": 15}},
    "forget filing keys": {"task": "appeals.tasks.forget_filing_keys", "schedule": 3600, "options": {"expires": 3600}},
    "forget drafts": {"task": "appeals.tasks.forget_drafts", "schedule": 3600, "options": {"expires": 3600}},
    # Woken when somebody changes the calendar; asked every minute for what a crash has left.
    "follow calendar": {"task": "appeals.tasks.follow_calendar", "schedule": 60, "options": {"expires": 60}},
    "warn of year end": {"task": "appeals.tasks.warn_of_year_end", "schedule": 3600, "options": {"expires": 3600}},
    "apply limits": {"task": "appeals.tasks.apply_limits", "schedule": 60, "options": {"expires": 60}},
    "sweep bulk": {"task": "appeals.tasks.sweep_bulk", "schedule": 30, "options": {"expires": 30}},
    "make exports": {"task": "appeals.tasks.make_exports", "schedule": 60, "options": {"expires": 60}},
    "scan attachments": {"task": "appeals.tasks.scan_attachments", "schedule": 15, "options": {"expires": 15}},
    "forget staged files": {
        "task": "appeals.tasks.forget_staged_files",
        "schedule": 3600,
        "options": {"expires": 3600},
    },
    # Asked every hour, done once a day: a night of standstill leaves no day without.
    "anchor record": {"task": "appeals.tasks.anchor_record", "schedule": 3600, "options": {"expires": 3600}},
    "verify record": {
        "task": "appeals.tasks.verify_record",
        "schedule": crontab(hour=3, minute=30),
        "options": {"expires": 3600},
    },
    "heartbeat": {"task": "appeals.tasks.heartbeat", "schedule": 30, "options": {"expires": 30}},
}

AUTH_USER_MODEL = "chains.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "appeals:login"
LOGIN_REDIRECT_URL = "appeals:home"
LOGOUT_REDIRECT_URL = "appeals:portal"
AXES_FAILURE_LIMIT = 10
AXES_ENABLE_ADMIN = False  # the house has its own, which leaves a line in the audit
AXES_CLIENT_IP_CALLABLE = "chains.origin.address_of"
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "appeals.middleware.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = CELERY_TIMEZONE
USE_TZ = True

# Files of appeals: bytes, numbers and pixels are ours, open to better ones.
MEDIA_ROOT = storage.folder(env("STORAGE_URL", default=""), default=DATA_DIR / "attachments")
CLAMD_URL = env("CLAMD_URL", default="")  # tcp://host:port or unix:///path; empty: nothing is scanned
ATTACHMENT_MOST_BYTES = 10 * 1024 * 1024
ATTACHMENTS_MOST = 20  # of an appeal; as many may lie ready with one person
ATTACHMENTS_MOST_BYTES = 60 * 1024 * 1024
ATTACHMENTS_READY_FOR = timedelta(hours=24)
PICTURE_LONGEST_SIDE = 4096  # pixels
PICTURE_MOST_PIXELS = 64_000_000
# The largest body that is read at all: a form with every file, and what is written around them.
FILE_UPLOAD_HANDLERS = [
    "appeals.views.receiving.MostAtOnce",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

STATIC_URL = "/static/"
STATIC_ROOT = env("STATIC_ROOT", default=str(DATA_DIR / "static"))
WHITENOISE_USE_FINDERS = DEVELOPMENT  # nothing to collect before the first page
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        # Nothing but a view of ours serves them: nobody else on the machine reads them.
        "OPTIONS": {"base_url": None, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

if DEVELOPMENT and "EMAIL_URL" not in env:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = DATA_DIR / "mail"
else:
    vars().update(env.email_url_config(env("EMAIL_URL", default="smtp://localhost:25")))
EMAIL_TIMEOUT = 10  # seconds: a mail server that hangs must not hold the deliverer
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="noreply@localhost")

UNFOLD = {
    "SITE_TITLE": _("Qiying"),
    "SITE_HEADER": _("Qiying"),
    # Without one the browser asks for /favicon.ico, which is not there.
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("appeals/favicon.svg")},
    ],
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
    # The kept admin theme brings scripts of its own inline.
    "EXCLUDE_URL_PREFIXES": ("/admin/",),
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if not DEVELOPMENT:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    # Under /api/ nothing redirects, and the watchmen of the inner network speak plain HTTP.
    SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$", r"^metrics$"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576  # bodies up to 1 MB are parsed and answered at the field

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "appeals.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["appeals.api.parsing.JsonBody"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "appeals.api.parsing.AlwaysJson",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "appeals.api.problems.answer",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
REST_KNOX = {"TOKEN_TTL": timedelta(hours=12), "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "企呼我应 Qiying API",
    "DESCRIPTION": "Enterprise appeals: file, follow, answer, rate, measure.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "config.docs.with_problems"],
    "ENUM_NAME_OVERRIDES": {
        "Chain": "chains.taxonomy.Chain",
        "Grade": "chains.coupling.Grade",
        "Level": "chains.taxonomy.Level",
        "Light": "routing.deadlines.Light",
        "Nature": "chains.taxonomy.Nature",
        "Solved": "chains.taxonomy.Solved",
        "Status": "appeals.states.Status",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
