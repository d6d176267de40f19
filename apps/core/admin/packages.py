"""Installed packages' own admin pages, dressed in the theme. Roles are code, so groups have no page."""

from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.models import Group
from django.utils.translation import gettext_lazy as _
from django_celery_beat import admin as beat
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.admin import GroupResultAdmin, TaskResultAdmin
from django_celery_results.models import GroupResult, TaskResult
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.core import clock, timetable
from apps.core.admin.base import LaurelAdmin


class TaskSelect(UnfoldAdminSelectWidget, beat.TaskSelectWidget):
    """The task names, in the theme's select."""


class PeriodicTaskForm(beat.PeriodicTaskForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


class PeriodicTaskAdmin(beat.PeriodicTaskAdmin, LaurelAdmin):
    form = PeriodicTaskForm
    date_hierarchy = None
    list_display = ("name", "enabled", "in_words", "last_run_at", "total_run_count")
    list_filter = ("enabled",)

    @admin.display(description=_("Schedule"))
    def in_words(self, bell: PeriodicTask) -> str:
        return timetable.words(bell, clock.now())


class PeriodicTaskInline(beat.PeriodicTaskInline, TabularInline):
    pass


class ScheduleAdmin(LaurelAdmin):
    inlines = (PeriodicTaskInline,)


class CrontabScheduleAdmin(beat.CrontabScheduleAdmin, LaurelAdmin):
    inlines = (PeriodicTaskInline,)


PAGES = {
    PeriodicTask: PeriodicTaskAdmin,
    CrontabSchedule: CrontabScheduleAdmin,
    IntervalSchedule: ScheduleAdmin,
    SolarSchedule: ScheduleAdmin,
    ClockedSchedule: ScheduleAdmin,
    **{
        model: type(page.__name__, (page, LaurelAdmin), {"date_hierarchy": None})
        for model, page in (
            (TaskResult, TaskResultAdmin),
            (GroupResult, GroupResultAdmin),
            (AccessAttempt, AccessAttemptAdmin),
            (AccessLog, AccessLogAdmin),
            (AccessFailureLog, AccessFailureLogAdmin),
        )
    },
}

admin.site.unregister(Group)
for model, page in PAGES.items():
    admin.site.unregister(model)
    admin.site.register(model, page)
