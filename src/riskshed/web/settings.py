"""Django's settings, from the environment (`environment` lists and explains them) and nothing else."""

from __future__ import annotations

import secrets
from pathlib import Path

import dj_database_url
from csp.constants import NONE, SELF

from riskshed.web import environment, static_shelf

_given = environment.read()
_here = Path(__file__).parent


def _secret_key() -> str:
    """From the environment, else from the folder of the node, else one that ends with this process."""
    file = _given.home / "secret.key"
    key: str = _given["SECRET_KEY"] or (
        file.read_text().strip() if file.is_file() else secrets.token_urlsafe(50)
    )
    return key


def _database() -> dict[str, object]:
    if _given["DATABASE_URL"]:
        return dict(dj_database_url.parse(_given["DATABASE_URL"], conn_max_age=60, conn_health_checks=True))
    begin = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;"
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _given.home / "node.db",
        "OPTIONS": {"init_command": begin, "transaction_mode": "IMMEDIATE"},
    }


DEBUG = _given["DEBUG"]
SECRET_KEY = _secret_key()
ALLOWED_HOSTS = list(_given["ALLOWED_HOSTS"])
ROOT_URLCONF = "riskshed.web.urls"
WSGI_APPLICATION = None
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "csp",
    "riskshed.web",
]
MIDDLEWARE = [
    "riskshed.web.security_headers.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "riskshed.web.static_shelf.Shelf",
    "riskshed.web.packing.Packing",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "riskshed.web.session_limits.SessionLimits",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "riskshed.web.access.DefaultDeny",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_here / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "riskshed.web.frame.framed",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that one of Django's widgets can be drawn anew

# ------------------------------------------------------------------------------------------------- people

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "riskshed.web.accounts.NoContextWords"},
]
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "riskshed.web.accounts.ClosedAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False  # the cookie ends with the browser: consoles of a duty room are shared
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/5m/ip,10/5m/key",  # codes of a second factor too
    "reauthenticate": "10/m/user",
    "change_password": "5/m/user",
}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _given["HTTPS"] else "http"
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "/", "/public/"
MFA_ADAPTER = "riskshed.web.accounts.SecondFactor"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _given["HTTPS"]  # browsers allow it on localhost alone
NODE_SECOND_FACTOR = _given["SECOND_FACTOR"]
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "riskshed.web.accounts.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # whoever keeps trying does not keep the officer out
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
SESSION_COOKIE_AGE = _given["SESSION_HOURS"] * 3600
NODE_SESSION_IDLE_S = _given["SESSION_IDLE_MINUTES"] * 60
if _given["AS_TEST"]:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# ----------------------------------------------------------------------------------------------- security

NODE_HTTPS = _given["HTTPS"]
NODE_WITNESSES = _given["WITNESSES"]
_HOST = "__Host-" if NODE_HTTPS else ""  # browsers refuse the prefix where cookies are not secure
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{_HOST}session", f"{_HOST}csrf"
LANGUAGE_COOKIE_NAME, NODE_THEME_COOKIE = f"{_HOST}language", f"{_HOST}theme"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = NODE_HTTPS
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "riskshed.web.fault_pages.forged"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if NODE_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = NODE_HTTPS
# Whether a request came by HTTPS the server says (`serve`): it believes the header of the proxies that are
# named to it, and of nobody else. Django does not look at the header again.
SECURE_PROXY_SSL_HEADER = None
SECURE_SSL_REDIRECT = NODE_HTTPS
SECURE_REDIRECT_EXEMPT = [
    r"^api/",
    r"^witness/",
    r"^add-checkpoint",
    r"^health$",
    r"^checkpoint$",
    r"^tile/",
    r"^feeds/",
]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = _given["UPLOAD_MB"] * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
DATA_UPLOAD_MAX_NUMBER_FILES = 10

# ---------------------------------------------------------------------------------- languages, time, files

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LANGUAGE_COOKIE_AGE = 31_536_000
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
_digest = static_shelf.digest(_here / "static")
STATIC_URL = f"/static/{_digest}/"
STATICFILES_DIRS = [_here / "static"]
NODE_STATIC_SHELF = _given.home / static_shelf.FOLDER / _digest
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "riskshed.web.log_lines.Lines"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
