"""A laptop or a demo: plain HTTP on loopback and keys kept in the data folder."""

from config import env
from config.keys import local_keys
from config.settings.base import *  # noqa: F403

_keys = local_keys(env.LAUREL_VAR)
SECRET_KEY = env.SECRET_KEY or _keys["secret_key"]
PERSONAL_DATA_KEYS = env.PERSONAL_DATA_KEYS or [_keys["personal_data_key"]]
PERSONAL_DATA_INDEX_KEY = env.PERSONAL_DATA_INDEX_KEY or _keys["personal_data_index_key"]
ALLOWED_HOSTS = env.ALLOWED_HOSTS or ["localhost", "127.0.0.1", "[::1]"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
