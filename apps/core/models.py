"""The kernel's tables: what was done by whom (audit) and what others must hear (outbox); and requests for
approval, which have a package of their own."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.approvals.models import ApprovalRequest, ApprovalThreshold
from apps.core.truth.models import Alert, FailedTask, Pulse, Reconciliation

__all__ = [
    "Alert",
    "ApprovalRequest",
    "ApprovalThreshold",
    "AuditEntry",
    "Delivery",
    "FailedTask",
    "OutboxEvent",
    "Pulse",
    "Reconciliation",
]


class AuditEntry(models.Model):
    """One act of a person or a job, kept for ever. ``code`` names a sentence in ``core.audit``."""

    at = models.DateTimeField(_("time"), db_index=True)
    code = models.CharField(_("act"), max_length=60)
    actor_id = models.BigIntegerField(_("actor id"), null=True)
    actor_name = models.CharField(_("actor"), max_length=150, blank=True)
    store_id = models.BigIntegerField(_("store id"), null=True)
    subject_type = models.CharField(_("subject"), max_length=60)
    subject_id = models.CharField(_("subject id"), max_length=64)
    data = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        indexes = [models.Index(fields=["subject_type", "subject_id", "-id"], name="core_audit_subject")]

    def __str__(self) -> str:
        return f"{self.code} {self.subject_type}:{self.subject_id}"


class OutboxEvent(models.Model):
    """A fact announced upwards, written in the transaction that made it true."""

    topic = models.CharField(_("topic"), max_length=60)
    payload = models.JSONField(_("payload"), default=dict)
    created_at = models.DateTimeField(_("created"))
    done_at = models.DateTimeField(_("delivered"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("outbox event")
        verbose_name_plural = _("outbox events")
        indexes = [
            models.Index(fields=["id"], name="core_outbox_waiting", condition=models.Q(done_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"


class Delivery(models.Model):
    """Proof that one subscriber has handled one event: the key of its idempotency."""

    event = models.ForeignKey(OutboxEvent, models.CASCADE, verbose_name=_("event"), db_index=False)
    subscriber = models.CharField(_("subscriber"), max_length=80)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="core_delivery_once")]

    def __str__(self) -> str:
        return f"{self.event_id} → {self.subscriber}"
