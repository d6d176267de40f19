"""The thin base of every admin page, so that the theme stays one import away from the plain admin."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin, StackedInline, TabularInline
from unfold.views import ChangeList

from apps.core.paging import CappedPaginator


class LaurelList(ChangeList):
    """Tells how many rows a query found, and nothing where nothing was asked."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count


class LaurelAdmin(ModelAdmin):
    """Lists of 50, never a full count of a big table, filters applied by a button."""

    list_per_page = 50
    show_full_result_count = False
    paginator = CappedPaginator
    list_filter_submit = True
    warn_unsaved_form = True

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        """What isn't there, or not in the reader's scope, is 404."""
        raise Http404

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LaurelList


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
