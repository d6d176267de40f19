"""Role × act, told from what the apps granted and guarded."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

from apps.stores import roles

BUILT_IN = {
    "view": _("See %(what)s"),
    "add": _("Add %(what)s"),
    "change": _("Change %(what)s"),
    "delete": _("Delete %(what)s"),
}


@dataclass(frozen=True)
class Act:
    """One permission in words, and which roles hold it, in the order of ``roles.ROLES``."""

    label: str
    title: str
    is_guarded: bool
    held: tuple[bool, ...]


def told() -> dict[str, Any]:
    """The acts that some role was granted or an app guards, by app; and who needs a second factor."""
    known = sorted(_known_acts(), key=lambda pair: pair[0])
    groups = [
        (apps.get_app_config(label).verbose_name, [act for _label, act in pairs])
        for label, pairs in groupby(known, key=lambda pair: pair[0])
    ]
    return {
        "roles": list(roles.ROLES.values()),
        "guarded": [roles.is_guarded(role) for role in roles.ROLES],
        "groups": groups,
    }


def _known_acts() -> Iterator[tuple[str, Act]]:
    granted = set().union(*roles.GRANTS.values()) | roles.GUARDED
    for model in apps.get_models():
        options = model._meta
        for code, title in _acts_of(options):
            label = f"{options.app_label}.{code}"
            if label in granted:
                held = tuple(
                    role == roles.ADMINISTRATOR or label in roles.GRANTS[role] for role in roles.ROLES
                )
                yield options.app_label, Act(label, title, label in roles.GUARDED, held)


def _held(label: str) -> tuple[bool, ...]:
    return tuple(role == roles.ADMINISTRATOR or label in roles.GRANTS[role] for role in roles.ROLES)


def _acts_of(options: Any) -> Iterator[tuple[str, str]]:
    for verb in options.default_permissions:
        yield f"{verb}_{options.model_name}", BUILT_IN[verb] % {"what": options.verbose_name_plural}
    for code, name in options.permissions:
        yield code, str(name)
