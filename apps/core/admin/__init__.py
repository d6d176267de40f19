from apps.core.admin.base import (
    LaurelAdmin,
    ReadOnlyAdmin,
    ReadOnlyStackedInline,
    ReadOnlyTabularInline,
)

__all__ = ["LaurelAdmin", "ReadOnlyAdmin", "ReadOnlyStackedInline", "ReadOnlyTabularInline"]
