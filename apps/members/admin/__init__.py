"""The members' pages in the back office."""

from apps.members.admin import catalogue, exports, logs, member

__all__ = ["catalogue", "exports", "logs", "member"]
