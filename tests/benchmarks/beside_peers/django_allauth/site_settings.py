"""A Django site with django-allauth's headless API, set for production; its own limits are off.

`PEER_DATABASE`, `PEER_DATABASE_HOST`: PostgreSQL, over a Unix socket. `PEER_RELAY`: the port of the
relay; 0: e-mails are written and dropped.
"""

from __future__ import annotations

import os

DEBUG = False
SECRET_KEY = "tk3Zc0vQp8mW5yH2rJ7nX4sB9dF6gL1aWq5Ee8Rr2Tt7"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "site_urls"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.headless",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ["PEER_DATABASE"],
        "USER": "postgres",
        "HOST": os.environ["PEER_DATABASE_HOST"],
        "CONN_MAX_AGE": None,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True

_relay = int(os.environ["PEER_RELAY"])
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if _relay else 'dummy'}.EmailBackend"
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", _relay
DEFAULT_FROM_EMAIL = "portal@example.org"

ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_RATE_LIMITS = False
HEADLESS_ONLY = True
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": "https://vote.example.org/verify-email/{key}",
    "account_reset_password": "https://vote.example.org/password/reset",
    "account_reset_password_from_key": "https://vote.example.org/password/reset/key/{key}",
    "account_signup": "https://vote.example.org/signup",
}
