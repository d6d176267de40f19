"""The catalogues: which texts each must hold, bringing a file up to that, and what is wrong with one.

A catalogue holds every text of ours, and those texts of installed packages on our pages that neither
Django nor the package itself translates. It is sorted and names no source lines, so that it changes
only when a text does.
"""

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import polib
from django.conf import settings

from apps.core.translation.extract import Text, texts_under

LOCALES = ("zh_Hans", "zh_Hant")
OURS = ("apps", "config", "templates")
PACKAGES = (
    "django.contrib.admin",
    "django.contrib.auth",
    "django.db",
    "unfold",
    "axes",
    "django_celery_beat",
    "django_celery_results",
    "django_filters",
)
TRANSLATE_THEMSELVES = (
    "django",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django_celery_beat",
    "django_celery_results",
)
HEADER = {"Project-Id-Version": "Laurel", "Content-Type": "text/plain; charset=utf-8"}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sdr]|\{\w*\}|</?\w+[^>]*>")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one text of one catalogue."""

    locale: str
    kind: str  # missing, fuzzy, obsolete, placeholders
    message: str

    def __str__(self) -> str:
        return f"{self.locale}: {self.kind}: {self.message!r}"


def path_of(locale: str) -> Path:
    return settings.BASE_DIR / "locale" / locale / "LC_MESSAGES" / "django.po"


@cache
def wanted(locale: str) -> frozenset[Text]:
    """The texts a catalogue of this locale must hold."""
    ours = {text for folder in OURS for text in texts_under(settings.BASE_DIR / folder)}
    theirs = {text for package in PACKAGES for text in texts_under(_folder(package))}
    known = _translated_elsewhere(locale)
    missing = {text for text in theirs if (text.context, text.message) not in known}
    return frozenset(text for text in ours | missing if text.message)


def update(locale: str) -> tuple[int, int]:
    """Add what is missing (untranslated), drop what is no longer used; how many of each."""
    texts, old = wanted(locale), _entries(locale)
    book = polib.POFile(wrapwidth=100)
    book.metadata = {**HEADER, "Language": locale, "Plural-Forms": "nplurals=1; plural=0;"}
    book.extend(old.get(text) or _new_entry(text) for text in sorted(texts))
    path_of(locale).parent.mkdir(parents=True, exist_ok=True)
    book.save(str(path_of(locale)), newline="\n")
    return len(texts - set(old)), len(set(old) - texts)


def faults(locale: str) -> list[Fault]:
    """Everything that keeps this catalogue from being complete and right."""
    return list(compare(locale, wanted(locale), _entries(locale)))


def compare(locale: str, texts: Set[Text], entries: dict[Text, polib.POEntry]) -> Iterator[Fault]:
    for text in sorted(texts | set(entries)):
        kind = _fault_of(text, entries.get(text), text in texts)
        if kind:
            yield Fault(locale, kind, text.message)


def _fault_of(text: Text, entry: polib.POEntry | None, is_wanted: bool) -> str:
    if not is_wanted:
        return "obsolete"
    if entry is None or not all(_translations(entry)):
        return "missing"
    if entry.fuzzy:
        return "fuzzy"
    asked = set(_PLACEHOLDER.findall(text.message)) | set(_PLACEHOLDER.findall(text.plural))
    given = set().union(*(_PLACEHOLDER.findall(words) for words in _translations(entry)))
    return "" if asked == given else "placeholders"


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _new_entry(text: Text) -> polib.POEntry:
    plural = {"msgid_plural": text.plural, "msgstr_plural": {0: ""}} if text.plural else {}
    return polib.POEntry(msgid=text.message, msgctxt=text.context or None, **plural)


def _entries(locale: str) -> dict[Text, polib.POEntry]:
    if not path_of(locale).exists():
        return {}
    book = polib.pofile(str(path_of(locale)), encoding="utf-8")
    return {Text(entry.msgid, entry.msgid_plural, entry.msgctxt or ""): entry for entry in book}


def _folder(package: str) -> Path:
    return Path(str(resources.files(package)))


def _translated_elsewhere(locale: str) -> set[tuple[str, str]]:
    """The (context, msgid) Django and the packages bring translations of."""
    found = set()
    for package in TRANSLATE_THEMSELVES:
        folder = _folder(package) / ("conf/locale" if package == "django" else "locale")
        for compiled in folder.glob(f"{locale}/LC_MESSAGES/django.mo"):
            book = polib.mofile(str(compiled), encoding="utf-8")
            found |= {(entry.msgctxt or "", entry.msgid) for entry in book.translated_entries()}
    return found
