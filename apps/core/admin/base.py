"""The thin base of every admin page, so that the theme stays one import away from the plain admin."""

from typing import Any

from django.http import HttpRequest
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from apps.core.paging import CappedPaginator


class LaurelAdmin(ModelAdmin):
    """Lists of 50, never a full count of a big table, filters applied by a button."""

    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    list_filter_submit = True
    warn_unsaved_form = True


class _NoWriting:
    """Looking is all: what these rows tell is written by services alone."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyAdmin(_NoWriting, LaurelAdmin):
    """A list and a detail page, no writing."""

    actions = None
    warn_unsaved_form = False


class ReadOnlyTabularInline(_NoWriting, TabularInline):
    extra = 0


class ReadOnlyStackedInline(_NoWriting, StackedInline):
    extra = 0
