"""Requests for approval and the thresholds above which an act needs one.

What was asked (act, payload, plan) never changes; the database refuses it. A request ends once: done,
rejected, withdrawn, expired, stopped (the plan had changed, or the act was refused) or, later, undone.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RequestState(models.TextChoices):
    WAITING = "waiting", _("Waiting for approval")
    RUNNING = "running", _("Under way")
    DONE = "done", _("Carried out")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Approval time over")
    STOPPED = "stopped", _("Not carried out")
    UNDONE = "undone", _("Undone")


class Basis(models.TextChoices):
    """On what ground an act was done."""

    BELOW = "below", _("Below the threshold")
    SECOND = "second", _("A second person approved")
    ALONE = "alone", _("Nobody else could approve")
    STANDING = "standing", _("By schedule, under published rules")
    SHELL = "shell", _("From the server's command line")


BEGUN = (RequestState.RUNNING, RequestState.DONE, RequestState.STOPPED, RequestState.UNDONE)


class ApprovalRequest(models.Model):
    """One act asked for: exactly what, planned how, by whom and why; and what became of it."""

    act = models.CharField(_("act"), max_length=60)
    payload = models.JSONField(_("payload"))
    payload_hash = models.CharField(_("payload hash"), max_length=64)
    plan = models.JSONField(_("plan"))
    plan_hash = models.CharField(_("plan hash"), max_length=64)
    bar = models.JSONField(_("threshold when asked"), default=dict)
    subject_type = models.CharField(_("subject"), max_length=60)
    subject_id = models.CharField(_("subject id"), max_length=64)
    key = models.CharField(_("form key"), max_length=64, null=True, unique=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    asked_by_id = models.BigIntegerField(_("asked by id"), null=True)
    asked_by_name = models.CharField(_("asked by"), max_length=150)
    store_id = models.BigIntegerField(_("store id"), null=True)
    asked_at = models.DateTimeField(_("asked"))
    expires_at = models.DateTimeField(_("approval possible until"))
    state = models.CharField(
        _("state"), max_length=9, choices=RequestState.choices, default=RequestState.WAITING
    )
    basis = models.CharField(_("ground"), max_length=8, choices=Basis.choices, blank=True, default="")
    decided_by_id = models.BigIntegerField(_("decided by id"), null=True)
    decided_by_name = models.CharField(_("decided by"), max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_note = models.CharField(_("note of the decision"), max_length=200, blank=True, default="")
    finished_at = models.DateTimeField(_("finished"), null=True)
    result = models.JSONField(_("result"), default=dict)
    difference = models.JSONField(_("difference"), default=list)
    fault = models.TextField(_("why it was not carried out"), blank=True, default="")

    class Meta:
        verbose_name = _("approval request")
        verbose_name_plural = _("approval requests")
        permissions = [("approve_requests", _("Can approve as the second person"))]
        indexes = [
            models.Index(fields=["state", "-id"], name="core_approval_by_state"),
            models.Index(fields=["subject_type", "subject_id"], name="core_approval_subject"),
            models.Index(fields=["asked_by_id", "-id"], name="core_approval_by_asker"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by_id__isnull=True) | ~Q(decided_by_id=F("asked_by_id")),
                name="core_approvalrequest_not_his_own",
                violation_error_message=_("Nobody decides his own request."),
            ),
            models.CheckConstraint(
                condition=(Q(state__in=BEGUN) & ~Q(basis="")) | (~Q(state__in=BEGUN) & Q(basis="")),
                name="core_approvalrequest_begun_on_a_ground",
            ),
            models.CheckConstraint(
                condition=~Q(basis="second") | Q(decided_by_id__isnull=False, decided_at__lt=F("expires_at")),
                name="core_approvalrequest_second_person_in_time",
            ),
            models.UniqueConstraint(
                fields=["act", "payload_hash"],
                name="core_approvalrequest_asked_once",
                condition=Q(state="waiting"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} #{self.pk}"


class ApprovalThreshold(models.Model):
    """The bar of one act, where operators moved it from the one the act came with."""

    class Mode(models.TextChoices):
        ALWAYS = "always", _("Always ask a second person")
        ABOVE = "above", _("Above these numbers")
        NEVER = "never", _("Never ask")

    act = models.CharField(_("act"), max_length=60, unique=True)
    mode = models.CharField(_("when"), max_length=6, choices=Mode.choices)
    count = models.PositiveBigIntegerField(_("most rows or members"), null=True, blank=True)
    points = models.PositiveBigIntegerField(_("most points"), null=True, blank=True)
    money_fen = models.PositiveBigIntegerField(_("most money"), null=True, blank=True)

    class Meta:
        verbose_name = _("approval threshold")
        verbose_name_plural = _("approval thresholds")

    def __str__(self) -> str:
        return self.act
