"""Django's settings: what follows from the variables of ``giint/environment.py``."""

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from giint.environment import BASE_DIR, data_dir, setting

SECRET_KEY: str = setting("SECRET_KEY")
GIINT_FIELD_KEYS: list[str] = setting("GIINT_FIELD_KEYS")
DEBUG: bool = setting("DEBUG")
HOST: str = setting("HOST")
PORT: int = setting("PORT")
DATA_DIR: Path = data_dir()

# --- where it is reached -------------------------------------------------------------------------
# An address that means "all of this machine's" is none that people open: set GIINT_ORIGINS then.
GIINT_ORIGINS: list[str] = setting("GIINT_ORIGINS") or [
    f"http://{f'[{host}]' if ':' in host else host}:{PORT}"
    for host in dict.fromkeys(["localhost", "127.0.0.1", HOST])
    if host not in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
]
_hosts = {urlsplit(origin).hostname or "" for origin in GIINT_ORIGINS}
ALLOWED_HOSTS = sorted(f"[{host}]" if ":" in host else host for host in _hosts)
CSRF_TRUSTED_ORIGINS = GIINT_ORIGINS
HTTPS = all(origin.startswith("https://") for origin in GIINT_ORIGINS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"

# --- what it is made of --------------------------------------------------------------------------
INSTALLED_APPS = [
    # For runserver alone; the server that people use would carry Twisted along for 18 MiB.
    *(["daphne"] if "runserver" in sys.argv else []),
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "giint.core",
    "accounts",
    "agents",
    "transcripts",
    "giint",
    "frontend",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "giint.urls"
ASGI_APPLICATION = "giint.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Before the apps' own: the admin's head is ours.
        "DIRS": [BASE_DIR / "frontend" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- the database: docs/invariants/journal.md says why SQLite is set up like this ----------------
_SQLITE: dict[str, Any] = {
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
        ),
    },
}
_POSTGRES: dict[str, Any] = {
    "CONN_MAX_AGE": 0,
    # A connection from before the server's restart is found out before it is used.
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "pool": {"min_size": 1, "max_size": 16, "timeout": 10},
        # A database whose machine is gone says nothing: without these a query waits for 15 minutes.
        "connect_timeout": 10,
        "keepalives_idle": 20,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    },
}
_database: dict[str, Any] = setting("DATABASE_URL") or {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": str(DATA_DIR / "giint.sqlite3"),
}
if _database["ENGINE"].endswith("sqlite3"):
    _database["NAME"] = str(BASE_DIR / _database["NAME"])
    _database["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # threads share it: a file
_usual = _SQLITE if _database["ENGINE"].endswith("sqlite3") else _POSTGRES
_options = _usual["OPTIONS"] | _database.get("OPTIONS", {})
_database |= _usual | {"OPTIONS": _options}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "home"
GIINT_SIGNUP: str = setting("GIINT_SIGNUP")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation." + name}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "accounts.backends.NameOrEmail"]
# Five failures with one name from one address lock that pair out for 15 minutes.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_USERNAME_CALLABLE = "accounts.backends.counted_name"
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
DEFAULT_EXCEPTION_REPORTER_FILTER = "accounts.reports.NoValues"
_email: dict[str, Any] = setting("EMAIL_URL")
EMAIL_BACKEND = _email["EMAIL_BACKEND"]
EMAIL_HOST = _email.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = setting("EMAIL_FROM")
GIINT_DEMO_PASSWORD: str = setting("GIINT_DEMO_PASSWORD")
# Models with something sealed under the field keys: accounts/rotation.py.
GIINT_SEALED = ["accounts.ProviderKey", "agents.Tool"]

# --- who answers ---------------------------------------------------------------------------------
GIINT_OFFLINE: bool = setting("GIINT_OFFLINE")
OPENAI_API_BASE: str = setting("OPENAI_API_BASE")
OPENAI_API_KEY: str = setting("OPENAI_API_KEY")
OPENAI_MODEL: str = setting("OPENAI_MODEL")
GIINT_SHARED_ACCOUNT: str = setting("GIINT_SHARED_ACCOUNT")
GIINT_PRIVATE_HOSTS: list[str] = setting("GIINT_PRIVATE_HOSTS")
GIINT_DRAIN: float = setting("GIINT_DRAIN")
GIINT_RUN_SLOTS: int = setting("GIINT_RUN_SLOTS")
GIINT_APPROVAL_HOURS: float = setting("GIINT_APPROVAL_HOURS")
GIINT_CONSOLE_RATE: int = setting("GIINT_CONSOLE_RATE")
GIINT_EMBEDDED: bool = setting("GIINT_EMBEDDED")
GIINT_CATALOGUE_TTL: int = setting("GIINT_CATALOGUE_TTL")
GIINT_SYNC_EVERY: float = setting("GIINT_SYNC_EVERY")
GIINT_DEBUG_ASSISTANTS: bool = setting("GIINT_DEBUG_ASSISTANTS")
GIINT_ASSISTANT_IDLE: int = setting("GIINT_ASSISTANT_IDLE")
REDIS_URL: str = setting("REDIS_URL")
# One table says what exists: dialect → (label, dotted path of its provider).
GIINT_PROVIDERS = {
    "responses": ("OpenAI Responses", "agents.providers.responses.Responses"),
    "chat": ("Chat completions", "agents.providers.chat.Chat"),
    "assistants": ("Assistants, version 2", "agents.providers.assistants.Assistants"),
    "agents": ("OpenAI Agents", "agents.providers.agents_api.AgentsApi"),
    "offline": ("Offline demo", "agents.providers.offline.Offline"),
}
# Tool name → (label, dotted path).
GIINT_TOOLS = {
    "current_time": ("Current time", "agents.tools.current_time.current_time"),
    "calculate": ("Calculate", "agents.tools.calculate.calculate"),
    "weather": ("Weather", "agents.tools.weather.weather"),
    "web_search": ("Web search", "agents.tools.web_search.web_search"),
    "web_read": ("Read a page", "agents.tools.web_read.web_read"),
    "user_audit": ("My activity", "agents.tools.user_audit.user_audit"),
    "user_role": ("My role", "agents.tools.user_role.user_role"),
    "make_csv": ("Make a CSV file", "agents.tools.make_csv.make_csv"),
    "post_console": ("Console message", "transcripts.tools.post_console.post_console"),
    "x_poll": ("Poll", "transcripts.tools.x_poll.x_poll"),
    "duo": ("Duo", "transcripts.tools.duo.duo"),
}
# What a message begins with → (what people read, how it goes on, tool, dotted path of what reads
# the rest of it).
GIINT_COMMANDS = {
    "poll": (
        "Ask several agents the same question",
        "@Agent x3 question | choice | choice",
        "x_poll",
        "transcripts.tools.commands.poll",
    ),
    "duo": (
        "Let two agents talk it over",
        '@Agent "Critic: you doubt everything" 6 task',
        "duo",
        "transcripts.tools.commands.duet",
    ),
}
OPENWEATHER_API_KEY: str = setting("OPENWEATHER_API_KEY")
OPENWEATHER_BASE: str = setting("OPENWEATHER_BASE")
SEARXNG_URL: str = setting("SEARXNG_URL")
GIINT_DDGS: bool = setting("GIINT_DDGS")
# What comes again and again: name → (dotted path, seconds between two looks); giint/engine/jobs.py.
GIINT_JOBS = {
    "imports": ("giint.ingest.work.look", 1.0),
    "sync models": ("agents.catalogue.sync.sync_due", 60.0),
    "sweep remote objects": ("agents.remote.sweep.sweep_due", 10.0),
    "refresh assistants": ("agents.manager.plan.refresh_due", 60.0),
    "warn of models": ("agents.catalogue.warnings.look_again", 300.0),
    "expire approvals": ("giint.engine.deciding.expire", 30.0),
    "expire console messages": ("giint.engine.takenback.expire", 10.0),
}

# --- pages, files, the API -----------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "frontend" / "vendor"] if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
REST_FRAMEWORK = {
    # Who comes with a bearer is judged by it alone, whatever cookie is there too.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.bearer.Bearer",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["accounts.parsers.Json"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "accounts.rest.on_error",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=10),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "CHECK_REVOKE_TOKEN": True,  # another password ends them
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GIINT",
    "DESCRIPTION": "Self-hosted, multi-user agent chat.",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # Fields of one name with other values elsewhere.
    "ENUM_NAME_OVERRIDES": {
        "RemoteStateEnum": "agents.models.remote.STATES",
        "ImportStateEnum": ["reading", "ready", "taking", "done", "failed"],
        "ImportItemStateEnum": ["found", "chosen", "done", "failed"],
        "ImportItemKindEnum": ["assistant", "agent", "prompt", "thread", "session"],
    },
    "GET_LIB_DOC_EXCLUDES": "accounts.schema.bases",
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
MEDIA_ROOT = DATA_DIR / "media"  # no address leads there: files are given out by their route
GIINT_FILE_SIZE: int = setting("GIINT_FILE_SIZE")
GIINT_IMPORT_SIZE: int = setting("GIINT_IMPORT_SIZE")

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": setting("LOG_LEVEL")},
    # Four lines for every sign-in otherwise, and one for every model call.
    "loggers": {
        "axes": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        # What it finds wrong with a page is no failure of this server's.
        "trafilatura": {"level": "CRITICAL"},
    },
}
