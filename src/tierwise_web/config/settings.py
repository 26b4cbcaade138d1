"""Settings, read from the environment that ``tierwise serve`` prepares. Decision 0015."""

from __future__ import annotations

import os
from typing import Any

from tierwise_web.config.environment import (
    book_folder,
    data_folder,
    database,
    hosts,
    most_customers,
    second_factor_roles,
    secret_key,
    session_seconds,
    time_zone,
    trusted_origins,
)
from tierwise_web.config.static import address_of
from tierwise_web.people.provider import provider

BOOK = book_folder(os.environ)
DATA = data_folder(os.environ)
"""What belongs to the application alone: its database, its key, its read models, compressed static files."""

SECRET_KEY = secret_key(os.environ, DATA)
DEBUG = False
ALLOWED_HOSTS = hosts(os.environ)
CSRF_TRUSTED_ORIGINS = trusted_origins(os.environ)
CSRF_FAILURE_VIEW = "tierwise_web.common.mistakes.stale"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "tierwise_web.common",
    "tierwise_web.audit",
    "tierwise_web.people",
    "tierwise_web.published",
    "tierwise_web.workflow",
    "tierwise_web.editing",
    "tierwise_web.customers",
    "tierwise_web.merging",
    "tierwise_web.imports",
    "tierwise_web.grading",
    "tierwise_web.assessments",
    "tierwise_web.pages",
]
MIDDLEWARE = [
    "tierwise_web.common.log.RequestLog",
    "tierwise_web.common.protection.Headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tierwise_web.common.going_on.OpenedAsPage",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tierwise_web.common.protection.Plain",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tierwise_web.people.language.Language",
    "tierwise_web.people.door.Door",
]
ROOT_URLCONF = "tierwise_web.config.urls"
WSGI_APPLICATION = "tierwise_web.config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": False,
        "DIRS": [],
        "OPTIONS": {
            "environment": "tierwise_web.common.templating.environment",
            "context_processors": ["tierwise_web.people.context.everywhere"],
        },
    }
]

DATABASES = {"default": database(os.environ, DATA)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["tierwise_web.people.coming_in.Backend"]
SESSION_ENGINE = "tierwise_web.people.coming_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SECOND_FACTOR_ROLES = second_factor_roles(os.environ)
OIDC = provider(os.environ)
"""The company's own sign-in, if there is one."""
LOGIN_URL = "people:sign-in"
LOGIN_REDIRECT_URL = "home"

USE_I18N = True
USE_TZ = True
TIME_ZONE = time_zone(BOOK)
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]

STATIC_URL, STATIC_ROOT = address_of(DATA)
WHITENOISE_USE_FINDERS = False
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 31_536_000  # the address names the content
WHITENOISE_ALLOW_ALL_ORIGINS = False

SECURE_TLS = os.environ.get("TIERWISE_HTTPS") == "1"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_TLS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = session_seconds(os.environ)
MOST_CUSTOMERS = most_customers(os.environ)
SESSION_SAVE_EVERY_REQUEST = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "tierwise_web.common.log.Line"}},
    "handlers": {"error": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["error"], "level": os.environ.get("TIERWISE_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
