"""People and places stay: what they did names them."""

from typing import Any

from django.http import HttpRequest


class Kept:
    """Nobody deletes these."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
