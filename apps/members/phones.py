"""Phone numbers: what people type, made E.164, and shown masked.

Mobile numbers of mainland China, nearly all of them, are recognised by the numbering plan's own
pattern; every other number goes through the phone number library.
"""

import re
import unicodedata

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from apps.members.errors import InvalidPhone

_PLAIN_MOBILE = re.compile(
    r"(?:\+?86|0086)?(1(?:[38][0-9]|4[57]|5[0-35-9]|6[25-7]|7[0-35-8]|9[0-35-9])[0-9]{8})", re.ASCII
)
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−().·/]+")
_SPREADSHEET = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_WHOLE_FLOAT = re.compile(r"([0-9]{6,})\.0+")
_DIALLED = re.compile(r"\+?[0-9]{4,20}")
_PERSONAL = {
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.PERSONAL_NUMBER,
    PhoneNumberType.VOIP,
}
_MAINLAND = "+86"


def normalise(text: str, region: str | None = None) -> str:
    """The number in E.164. Raises InvalidPhone, whose code says what is wrong with it."""
    region = region or settings.DEFAULT_PHONE_REGION
    mobile = _PLAIN_MOBILE.fullmatch(text) if region == "CN" else None
    if mobile is None:
        text = _dialled(text)
        mobile = _PLAIN_MOBILE.fullmatch(text) if region == "CN" else None
    return _MAINLAND + mobile[1] if mobile else _by_library(text, region)


def mask(e164: str) -> str:
    """``138****8000``; for other countries the country code and the last four."""
    if e164.startswith(_MAINLAND) and len(e164) == 14:
        return f"{e164[3:6]}****{e164[-4:]}"
    return f"{e164[:3]}****{e164[-4:]}"


def dialled(e164: str) -> str:
    """As it is dialled at home: a mainland number without its country code, another with 00 in front."""
    return e164.removeprefix(_MAINLAND) if e164.startswith(_MAINLAND) else f"00{e164[1:]}"


def _dialled(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip().lstrip("'")
    if _SPREADSHEET.fullmatch(text):
        raise InvalidPhone("spreadsheet")
    whole = _WHOLE_FLOAT.fullmatch(text)
    text = _SEPARATORS.sub("", whole[1] if whole else text)
    if not text:
        raise InvalidPhone("empty")
    if not _DIALLED.fullmatch(text):
        raise InvalidPhone("characters")
    return text


def _by_library(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidPhone("unknown") from error
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone("unknown")
    if phonenumbers.number_type(number) not in _PERSONAL:
        raise InvalidPhone("kind")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
