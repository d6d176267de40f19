"""Personal data at rest: AES-256-GCM under a named key, and a keyed hash to look it up by.

A sealed value is ``length of key id · key id · nonce (12) · ciphertext and tag``. The first key of
PERSONAL_DATA_KEYS seals, every one opens, so a new key is put in front and old values stay readable.
The hash (HMAC-SHA256) has a key of its own: changing it means hashing every value anew. Nonces are
random: a key is good for some 2³² values.
"""

import base64
import binascii
import hmac
import os
from collections.abc import Sequence
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from apps.core.errors import LaurelError

NONCE_BYTES = 12
KEY_BYTES = 32


class KeyMissing(LaurelError):
    """Personal data was sealed with a key that is no longer configured."""

    def __init__(self, key_id: str):
        super().__init__(key_id)
        self.key_id = key_id

    def __str__(self) -> str:
        return _("the personal data key %(key)s is not configured") % {"key": self.key_id}


class Ring:
    """The keys, parsed. Raises ImproperlyConfigured for a malformed one."""

    def __init__(self, pairs: Sequence[str], index_key: str):
        named = [pair.partition(":") for pair in pairs]
        self.ciphers = {key_id: AESGCM(_key(text, key_id)) for key_id, _, text in named}
        if not self.ciphers:
            raise ImproperlyConfigured("PERSONAL_DATA_KEYS names no key")
        first = named[0][0].encode()
        self.first = self.ciphers[named[0][0]]
        self.prefix = bytes([len(first)]) + first
        self.index_key = _key(index_key, "PERSONAL_DATA_INDEX_KEY")


def seal(text: str) -> bytes:
    """Encrypt a text under the first key; every call gives other bytes."""
    ring = _ring()
    nonce = os.urandom(NONCE_BYTES)
    return ring.prefix + nonce + ring.first.encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes | memoryview) -> str:
    """Decrypt what ``seal`` made. Raises KeyMissing; InvalidTag when the bytes were tampered with."""
    sealed = bytes(sealed)
    end = 1 + sealed[0]
    key_id = sealed[1:end].decode()
    cipher = _ring().ciphers.get(key_id)
    if cipher is None:
        raise KeyMissing(key_id)
    return cipher.decrypt(sealed[end : end + NONCE_BYTES], sealed[end + NONCE_BYTES :], None).decode()


def blind_index(text: str) -> bytes:
    """The keyed hash (32 bytes) by which an exact value is found."""
    return hmac.digest(_ring().index_key, text.encode(), "sha256")


def check_keys(pairs: Sequence[str], index_key: str) -> None:
    """Raise ImproperlyConfigured when the keys can't be used."""
    Ring(pairs, index_key)


def _ring() -> Ring:
    return _parsed(tuple(settings.PERSONAL_DATA_KEYS), settings.PERSONAL_DATA_INDEX_KEY)


@lru_cache(maxsize=8)
def _parsed(pairs: tuple[str, ...], index_key: str) -> Ring:
    return Ring(pairs, index_key)


def _key(text: str, name: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ImproperlyConfigured(f"key {name} is not base64") from error
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"key {name} must hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key
