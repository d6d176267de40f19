"""Roles are auth groups, named by code. Each app says in ``AppConfig.ready()`` what a role may do with
its things; after migrations the groups are made to hold exactly that. The administrator may do
everything. Apps import this before models are loaded, so it names its models without importing them.
"""

from collections import defaultdict
from typing import Any

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

CLERK = "clerk"
MANAGER = "manager"
MARKETER = "marketer"
OPERATIONS = "operations"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"

ROLES: dict[str, Any] = {
    CLERK: _("Store clerk"),
    MANAGER: _("Store manager"),
    MARKETER: _("Marketer"),
    OPERATIONS: _("Operations"),
    AUDITOR: _("Auditor"),
    ADMINISTRATOR: _("Administrator"),
}
GRANTS: dict[str, set[str]] = defaultdict(set)
GUARDED: set[str] = set()


class UnknownRole(LookupError):
    """No role has this code."""


class UnknownPermission(LookupError):
    """A permission was granted that does not exist; the message names it as ``app.codename``."""


def grant(role: str, *permission_labels: str) -> None:
    """The role may do these things, named ``app_label.codename``."""
    if role not in ROLES:
        raise UnknownRole(role)
    GRANTS[role].update(permission_labels)


def guard(*permission_labels: str) -> None:
    """These acts move value or show personal data in bulk: whoever may do one needs a second factor."""
    GUARDED.update(permission_labels)


def is_guarded(role: str) -> bool:
    """Whether this role needs a second factor."""
    return role == ADMINISTRATOR or bool(GRANTS[role] & GUARDED)


def sync() -> None:
    """Make the groups hold exactly what was granted. Raises UnknownPermission for a wrong label."""
    known = {
        f"{app}.{codename}": pk
        for pk, app, codename in apps.get_model("auth", "Permission").objects.values_list(
            "pk", "content_type__app_label", "codename"
        )
    }
    if missing := GUARDED - set(known):
        raise UnknownPermission(min(missing))
    for role in ROLES:
        labels = set(known) if role == ADMINISTRATOR else GRANTS[role]
        if missing := labels - set(known):
            raise UnknownPermission(min(missing))
        group, _created = apps.get_model("auth", "Group").objects.get_or_create(name=role)
        group.permissions.set([known[label] for label in labels])


def sync_after_migrate(app_config: AppConfig, **kwargs: Any) -> None:
    """Receiver of ``post_migrate`` of the last app with models: all permissions exist by then."""
    sync()
