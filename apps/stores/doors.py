"""What a door checks before an act."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apps.stores import roles, sessions


def allow(request: HttpRequest, permission: str) -> None:
    """Let pass who holds the permission; a guarded act, when it is posted, takes a recent sign-in too.

    Raises PermissionDenied, ConfirmationNeeded.
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied
    if request.method == "POST" and permission in roles.GUARDED:
        sessions.require_recent(request)
