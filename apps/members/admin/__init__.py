"""The members' pages in the back office."""

from apps.members.admin import catalogue, logs, member

__all__ = ["catalogue", "logs", "member"]
