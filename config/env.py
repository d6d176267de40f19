"""The one file that reads the environment; every other module imports names from here."""

import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from config.embedded import places

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

LAUREL_VAR = Path(env.str("LAUREL_VAR", default=str(BASE_DIR / "var"))).absolute()
LAUREL_PGBIN = env.str("LAUREL_PGBIN", default="")
DATABASE_URL = env.str("DATABASE_URL", default="")
BROKER_URL = env.str("BROKER_URL", default="")

SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
TRUST_PROXY = env.bool("TRUST_PROXY", default=False)
BUSINESS_ZONE = env.str("BUSINESS_ZONE", default="Asia/Shanghai")
# Keys of personal data: "id:base64key" pairs, the first encrypts, all decrypt.
PERSONAL_DATA_KEYS = env.list("PERSONAL_DATA_KEYS", default=[])
PERSONAL_DATA_INDEX_KEY = env.str("PERSONAL_DATA_INDEX_KEY", default="")


def database() -> dict:
    """The DATABASES entry: the URL of the environment, else the embedded server under LAUREL_VAR."""
    return _postgres_entry(DATABASE_URL or places.database_url(LAUREL_VAR), "DATABASE_URL")


def broker_url() -> str:
    """The Celery broker: BROKER_URL of the environment, else the embedded Valkey under LAUREL_VAR."""
    return BROKER_URL or places.broker_url(LAUREL_VAR)


def _postgres_entry(url: str, name: str) -> dict:
    try:
        entry = env.db_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not an address: {error}.") from error
    if entry.get("ENGINE") != "django.db.backends.postgresql" or not entry["NAME"]:
        raise ImproperlyConfigured(f"{name} must read postgresql://USER:PASSWORD@HOST:PORT/NAME.")
    # Statements are prepared where apps.core.roundtrip asks for it, never because they were repeated.
    options = {"connect_timeout": 5, "prepare_threshold": sys.maxsize, **entry.pop("OPTIONS", {})}
    entry["HOST"] = entry["HOST"] or options.pop("host", "")
    return {**entry, "OPTIONS": options, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
