"""What the truth page is made of: reconciliations, alerts, failed tasks, signs of life."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ReconciliationKind(models.TextChoices):
    INCREMENTAL = "incremental", _("Incremental reconciliation")
    FULL = "full", _("Full reconciliation")


class Reconciliation(models.Model):
    """One check of the invariants. Full ones go on after account ``after``; one of a kind per period."""

    kind = models.CharField(_("kind"), max_length=11, choices=ReconciliationKind.choices)
    period = models.CharField(_("period"), max_length=20)
    started_at = models.DateTimeField(_("started"))
    finished_at = models.DateTimeField(_("finished"), null=True)
    marks = models.JSONField(_("through"), default=dict)
    after = models.BigIntegerField(_("done through account"), default=0)
    accounts = models.BigIntegerField(_("accounts"), default=0)
    found = models.JSONField(_("violations by invariant"), default=dict)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        constraints = [models.UniqueConstraint(fields=["kind", "period"], name="core_reconciliation_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.period}"


class Alert(models.Model):
    """Something is wrong and stays so until it is seen to; one open alert per code."""

    code = models.CharField(_("code"), max_length=60)
    count = models.BigIntegerField(_("rows"))
    rows = models.JSONField(_("examples"), default=list)
    first_seen_at = models.DateTimeField(_("first seen"))
    last_seen_at = models.DateTimeField(_("last seen"))
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        verbose_name=_("acknowledged by"),
        null=True,
        related_name="+",
        db_index=False,
    )
    note = models.CharField(_("note"), max_length=200, blank=True)
    resolved_at = models.DateTimeField(_("resolved"), null=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        constraints = [
            models.UniqueConstraint(
                fields=["code"], name="core_alert_one_open", condition=models.Q(resolved_at__isnull=True)
            )
        ]
        permissions = [
            ("acknowledge_alert", _("Can acknowledge alerts")),
            ("retry_task", _("Can retry failed tasks")),
        ]

    def __str__(self) -> str:
        return self.code


class FailedTask(models.Model):
    """A task that raised, with what it takes to call it again."""

    task_id = models.CharField(_("task id"), max_length=64, unique=True)
    name = models.CharField(_("task"), max_length=120)
    args = models.JSONField(_("arguments"), default=list)
    kwargs = models.JSONField(_("named arguments"), default=dict)
    error = models.TextField(_("error"))
    failed_at = models.DateTimeField(_("failed"))
    retried_at = models.DateTimeField(_("retried"), null=True)

    class Meta:
        verbose_name = _("failed task")
        verbose_name_plural = _("failed tasks")
        indexes = [
            models.Index(
                fields=["-failed_at"],
                name="core_failedtask_open",
                condition=models.Q(retried_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.task_id}"


class Pulse(models.Model):
    """When a process was last known to be alive."""

    name = models.CharField(_("process"), max_length=120, unique=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("sign of life")
        verbose_name_plural = _("signs of life")

    def __str__(self) -> str:
        return self.name
