"""Sealed personal data: unreadable, tamper-proof, found by keyed hash, openable after a key change."""

import base64
import hmac

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st

from apps.core import sealing
from apps.core.sealing import KeyMissing

SHORT = base64.b64encode(b"x").decode()
OLD, NEW, INDEX = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_again(text):
    assert sealing.unseal(sealing.seal(text)) == text


def test_sealing_twice_gives_other_bytes_that_hide_the_text():
    first, second = sealing.seal("+8613800138000"), sealing.seal("+8613800138000")
    assert first != second
    assert b"138001" not in first


def test_the_index_is_stable_and_keyed(settings):
    before = sealing.blind_index("+8613800138000")
    assert before == sealing.blind_index("+8613800138000")
    assert before != sealing.blind_index("+8613800138001")
    assert len(before) == 32
    settings.PERSONAL_DATA_INDEX_KEY = INDEX
    assert sealing.blind_index("+8613800138000") != before


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_the_index_is_hmac_sha256(text):
    ring = sealing.Ring([f"k:{OLD}"], INDEX)
    assert ring.blind_index(text) == hmac.digest(bytes([3]) * 32, text.encode(), "sha256")


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(settings):
    settings.PERSONAL_DATA_KEYS = [f"old:{OLD}"]
    sealed = sealing.seal("x")
    settings.PERSONAL_DATA_KEYS = [f"new:{NEW}", f"old:{OLD}"]
    assert sealing.unseal(sealed) == "x"
    assert sealing.seal("x")[1:4] == b"new"


def test_a_value_of_a_dropped_key_names_the_key(settings):
    settings.PERSONAL_DATA_KEYS = [f"old:{OLD}"]
    sealed = sealing.seal("x")
    settings.PERSONAL_DATA_KEYS = [f"new:{NEW}"]
    with pytest.raises(KeyMissing) as refusal:
        sealing.unseal(sealed)
    assert refusal.value.key_id == "old"


def test_tampered_bytes_do_not_open():
    sealed = bytearray(sealing.seal("+8613800138000"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        sealing.unseal(bytes(sealed))


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        ([], INDEX),
        (["k:short"], INDEX),
        (["k:" + SHORT], INDEX),
        ([f"k:{OLD}"], ""),
    ],
)
def test_unusable_keys_are_refused(keys, index):
    with pytest.raises(ImproperlyConfigured):
        sealing.check_keys(keys, index)
