"""The kernel's admin pages, and the base of everybody's."""

from apps.core.admin import approvals, audit, outbox, packages, thresholds, truth
from apps.core.admin.base import (
    LaurelAdmin,
    ReadOnlyAdmin,
    ReadOnlyStackedInline,
    ReadOnlyTabularInline,
)

__all__ = [
    "LaurelAdmin",
    "ReadOnlyAdmin",
    "ReadOnlyStackedInline",
    "ReadOnlyTabularInline",
    "approvals",
    "audit",
    "outbox",
    "packages",
    "thresholds",
    "truth",
]
