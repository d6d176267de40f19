"""The test suite: fixed keys, quick password hashing, tasks run where a test asks for them."""

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, MIDDLEWARE

SECRET_KEY = "test-only-" + "x" * 50
PERSONAL_DATA_KEYS = ["t1:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVoxMjM0NTY="]
PERSONAL_DATA_INDEX_KEY = "MTIzNDU2Nzg5MGFiY2RlZmdoaWprbG1ub3BxcnN0dXY="
ALLOWED_HOSTS = ["*"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MIDDLEWARE = [m for m in MIDDLEWARE if not m.startswith("whitenoise")]
DATABASES["default"].update(CONN_HEALTH_CHECKS=False)
CELERY_TASK_ALWAYS_EAGER = False
SECOND_FACTOR_REQUIRED = False  # tests/security turns it on
