"""Installed packages' own admin pages, dressed in the theme. Roles are code, so groups have no page."""

from typing import Any

from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
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

from apps.core import clock, schedule, timetable
from apps.core.admin.base import LaurelAdmin, ReadOnlyAdmin

ORIGINS = {
    schedule.FROM_FILE: _("From the schedule file."),
    schedule.NO_LONGER: _("No longer in the schedule file."),
}
APP_NAMES = {
    "axes": _("Signing in"),
    "django_celery_beat": _("Schedules"),
    "django_celery_results": _("Job results"),
}
for label, name in APP_NAMES.items():
    apps.get_app_config(label).verbose_name = name
PeriodicTask._meta.get_field("name").verbose_name = _("Schedule name")
PeriodicTask._meta.get_field("task").verbose_name = _("Task Name")


class TaskSelect(UnfoldAdminSelectWidget, beat.TaskSelectWidget):
    """The task names, in the theme's select."""


class PeriodicTaskForm(beat.PeriodicTaskForm):
    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["task"].widget = UnfoldAdminTextInputWidget()
        self.fields["regtask"].widget = TaskSelect()


class PeriodicTaskAdmin(beat.PeriodicTaskAdmin, LaurelAdmin):
    """What rings, in words; rows of the schedule file are switched on and off here, not rewritten."""

    form = PeriodicTaskForm
    change_form_template = None  # the package's own runs a script inline
    date_hierarchy = None
    list_display = ("name", "enabled", "crontab_translation", "last_run_at", "total_run_count")
    list_filter = ("enabled",)
    readonly_fields = ("last_run_at", "total_run_count", "crontab_translation", "origin")
    fieldsets = (
        (None, {"fields": ("name", "enabled", "regtask", "task", "origin")}),
        (_("Schedule"), {"fields": ("crontab_translation", "interval", "crontab", "clocked", "one_off")}),
        (_("Runs"), {"fields": ("last_run_at", "total_run_count")}),
        (_("Arguments"), {"fields": ("args", "kwargs"), "classes": ("collapse",)}),
    )

    @admin.display(description=_("In words"))
    def crontab_translation(self, bell: PeriodicTask) -> str:
        return timetable.words(bell, clock.now())

    @admin.display(description=_("Origin"))
    def origin(self, bell: PeriodicTask) -> Any:
        return ORIGINS.get(bell.description, bell.description or _("Made by hand"))


class PeriodicTaskInline(beat.PeriodicTaskInline, TabularInline):
    pass


class ScheduleAdmin(LaurelAdmin):
    inlines = (PeriodicTaskInline,)


class CrontabScheduleAdmin(beat.CrontabScheduleAdmin, LaurelAdmin):
    inlines = (PeriodicTaskInline,)

    @admin.display(description=_("In words"))
    def human_readable(self, crontab: CrontabSchedule) -> str:
        return timetable.crontab_words(crontab, clock.now())


class LogAdmin(ReadOnlyAdmin):
    """Rows another package writes: the list says it all."""

    date_hierarchy = None
    list_display_links = None

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")


class LoggedSignInAdmin(LogAdmin, AccessLogAdmin):
    list_display = ("attempt_time", "logout_time", "username", "ip_address", "user_agent")
    list_filter = ("attempt_time",)


class FailedSignInAdmin(LogAdmin, AccessFailureLogAdmin):
    list_display = ("attempt_time", "username", "ip_address", "locked_out", "user_agent")
    list_filter = ("attempt_time", "locked_out")


class PausedSignInAdmin(LaurelAdmin, AccessAttemptAdmin):
    """Deleting a row lifts the pause of that account."""

    date_hierarchy = None
    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "is_paused")
    list_display_links = None
    list_filter = ("attempt_time",)
    actions = ()

    @admin.display(description=_("Paused"), boolean=True)
    def is_paused(self, attempt: AccessAttempt) -> bool:
        return attempt.failures_since_start >= settings.AXES_FAILURE_LIMIT

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class JobResultAdmin(LogAdmin, TaskResultAdmin):
    list_display = ("task_name", "periodic_task_name", "status", "date_done", "worker")
    list_filter = ("status", "date_done")


class JobGroupAdmin(LogAdmin, GroupResultAdmin):
    list_filter = ("date_done",)


PAGES = {
    PeriodicTask: PeriodicTaskAdmin,
    CrontabSchedule: CrontabScheduleAdmin,
    IntervalSchedule: ScheduleAdmin,
    SolarSchedule: ScheduleAdmin,
    ClockedSchedule: ScheduleAdmin,
    TaskResult: JobResultAdmin,
    GroupResult: JobGroupAdmin,
    AccessAttempt: PausedSignInAdmin,
    AccessLog: LoggedSignInAdmin,
    AccessFailureLog: FailedSignInAdmin,
}

admin.site.unregister(Group)
for model, page in PAGES.items():
    admin.site.unregister(model)
    admin.site.register(model, page)
