"""Stores and staff in the back office."""

from apps.stores.admin import staff, stores

__all__ = ["staff", "stores"]
