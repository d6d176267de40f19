"""Without its keys no phone number can be read or found: said at start, not at the counter."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from apps.core import sealing

HINT = (
    "PERSONAL_DATA_KEYS lists name:key pairs, the first encrypts, all decrypt; PERSONAL_DATA_INDEX_KEY is "
    "one key and never changes. A key is 32 random bytes in base64: openssl rand -base64 32"
)


def register() -> None:
    checks.register(keys_are_usable, checks.Tags.security)


def keys_are_usable(app_configs: Sequence[Any] | None, **_: Any) -> list[checks.CheckMessage]:
    try:
        sealing.check_keys(settings.PERSONAL_DATA_KEYS, settings.PERSONAL_DATA_INDEX_KEY)
    except ImproperlyConfigured as error:
        return [checks.Error(f"Personal data can't be protected: {error}.", hint=HINT, id="members.E001")]
    return []
