"""Tiers. A *programme* has *versions* (its wording over time) and *levels*; a member has one *standing* in it
(the level now, and what was earned), a history of *spells*, and may hold *entitlements* beside what was
earned. A *run* assesses everybody as of a day. Growth is an asset of the ledger, one per programme.

What always holds: a member's spells follow each other without gap or overlap and the last one is open.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.members.models import Member
from apps.stores.models import Staff


class ProgrammeKind(models.TextChoices):
    LEVEL = "level", _("Levels by growth")


class ProgrammeState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    LIVE = "live", _("Live")


class Programme(models.Model):
    """What members climb in. ``begins_at`` is where its history begins; none: with each member's joining."""

    code = models.SlugField(_("programme code"), max_length=20, unique=True)
    name = models.CharField(_("programme name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=12, choices=ProgrammeKind.choices)
    state = models.CharField(
        _("state"), max_length=5, choices=ProgrammeState.choices, default=ProgrammeState.DRAFT
    )
    begins_at = models.DateTimeField(_("begins"), null=True)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["id"]
        permissions = [
            ("publish_programme", _("Can publish programmes")),
            ("run_assessment", _("Can run tier assessments")),
            ("pin_level", _("Can pin a member's level")),
        ]

    def __str__(self) -> str:
        return self.name


class ProgrammeVersion(models.Model):
    """One wording of a programme. ``definition`` is its file; a published one never changes."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name=_("programme"), related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"))
    created_at = models.DateTimeField(_("created"))
    created_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("drafted by"), null=True, related_name="+", db_index=False
    )
    published_at = models.DateTimeField(_("published"), null=True)
    published_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("published by"), null=True, related_name="+", db_index=False
    )
    starts_at = models.DateTimeField(_("starts"), null=True)

    class Meta:
        verbose_name = _("programme version")
        verbose_name_plural = _("programme versions")
        ordering = ["programme", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="tiers_version_number_once"),
            models.UniqueConstraint(
                fields=["programme"], name="tiers_version_one_draft", condition=Q(published_at__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(starts_at__isnull=False),
                name="tiers_version_published_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} v{self.number}"


class Level(models.Model):
    """A step of a programme. Thresholds stand in the versions; ``rank`` is its place in the newest one."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, verbose_name=_("programme"), related_name="levels"
    )
    code = models.SlugField(_("level code"), max_length=20)
    name = models.CharField(_("level name"), max_length=60)
    rank = models.PositiveIntegerField(_("rank"))
    colour = models.CharField(_("colour"), max_length=7, blank=True)
    icon = models.CharField(_("icon"), max_length=60, blank=True)
    description = models.TextField(_("description"), blank=True)
    retired_at = models.DateTimeField(_("retired"), null=True)

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        ordering = ["programme", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "code"], name="tiers_level_code_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Standing(models.Model):
    """Where a member stands: the ``level`` that counts, since when, and the ``earned`` one. Narrow: only what
    changes is written."""

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"), db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("level"), related_name="+", db_index=False
    )
    since = models.DateTimeField(_("since"))
    earned = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("earned level"), related_name="+", db_index=False
    )
    protected_until = models.DateTimeField(_("protected until"), null=True)
    falls_at = models.DateTimeField(_("falls"), null=True)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints = [
            models.UniqueConstraint(fields=["member", "programme"], name="tiers_standing_once"),
        ]
        indexes = [
            models.Index(
                fields=["programme", "falls_at"],
                name="tiers_standing_falling",
                condition=Q(falls_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.level_id}"


class Spell(models.Model):
    """One stretch of a member's history at one level, [since, until), and why it began."""

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"), db_index=False)
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("level"), related_name="+", db_index=False
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)
    explanation = models.JSONField(_("explanation"), default=dict)

    class Meta:
        verbose_name = _("tier history")
        verbose_name_plural = _("tier histories")
        ordering = ["since"]
        constraints = [
            models.UniqueConstraint(
                fields=["member", "programme"],
                name="tiers_spell_one_current",
                condition=Q(until__isnull=True),
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="tiers_spell_lasts"
            ),
        ]
        indexes = [models.Index(fields=["member", "programme", "since"], name="tiers_spell_by_member")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.level_id}"


class EntitlementSource(models.TextChoices):
    GIFTED = "gifted", _("Gifted")
    PINNED = "pinned", _("Pinned by staff")


class Entitlement(models.Model):
    """A level held for another reason than growth, [since, until). Ended early it keeps when and by whom."""

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"), db_index=False)
    member = models.ForeignKey(
        Member, models.PROTECT, verbose_name=_("member"), related_name="tier_entitlements"
    )
    source = models.CharField(_("source"), max_length=6, choices=EntitlementSource.choices)
    level = models.ForeignKey(
        Level, models.PROTECT, verbose_name=_("level"), related_name="+", db_index=False
    )
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    given_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("given by"), null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    settled_at = models.DateTimeField(_("end settled"), null=True)

    class Meta:
        verbose_name = _("entitlement")
        verbose_name_plural = _("entitlements")
        ordering = ["-until"]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("since")), name="tiers_entitlement_lasts"),
            models.CheckConstraint(condition=~Q(reason=""), name="tiers_entitlement_says_why"),
        ]
        indexes = [
            models.Index(
                fields=["until"], name="tiers_entitlement_ending", condition=Q(settled_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.level_id}"


class LevelReached(models.Model):
    """A member reached a level for the first time in life: what an upgrade pack is granted for, once."""

    pk = models.CompositePrimaryKey("member_id", "level_id")
    member = models.ForeignKey(Member, models.PROTECT, verbose_name=_("member"), db_index=False)
    level = models.ForeignKey(Level, models.PROTECT, verbose_name=_("level"), db_index=False)
    at = models.DateTimeField(_("reached"))

    class Meta:
        verbose_name = _("level reached")
        verbose_name_plural = _("levels reached")

    def __str__(self) -> str:
        return f"{self.member_id}: {self.level_id}"


class RunState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


class Backfill(models.Model):
    """Growth of what was done before a programme was published, booked range by range of members."""

    programme = models.OneToOneField(
        Programme, models.PROTECT, verbose_name=_("programme"), related_name="backfill"
    )
    activities = models.BigIntegerField(_("activities"), default=0)
    created_at = models.DateTimeField(_("created"))
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("growth of the past")
        verbose_name_plural = _("growth of the past")

    def __str__(self) -> str:
        return str(self.programme)


class BackfillChunk(models.Model):
    """A range of members of a backfill. Claimed with SKIP LOCKED and done in one transaction."""

    backfill = models.ForeignKey(Backfill, models.CASCADE, related_name="chunks", db_index=False)
    first_member = models.BigIntegerField(_("first member"))
    last_member = models.BigIntegerField(_("last member"))
    done_at = models.DateTimeField(_("done"), null=True)
    credits = models.BigIntegerField(_("credits"), default=0)
    growth = models.BigIntegerField(_("growth"), default=0)

    class Meta:
        verbose_name = _("chunk of the past")
        verbose_name_plural = _("chunks of the past")
        constraints = [
            models.UniqueConstraint(fields=["backfill", "first_member"], name="tiers_backfillchunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.first_member}–{self.last_member}"


class AssessmentRun(models.Model):
    """One assessment of one programme as of the start of a business day."""

    programme = models.ForeignKey(Programme, models.PROTECT, verbose_name=_("programme"), related_name="runs")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, verbose_name=_("version"), related_name="+")
    as_of = models.DateField(_("as of"))
    state = models.CharField(_("state"), max_length=8, choices=RunState.choices, default=RunState.PLANNED)
    plan = models.JSONField(_("plan"), default=dict)
    result = models.JSONField(_("result"), default=dict)
    requested_by = models.ForeignKey(
        Staff, models.PROTECT, verbose_name=_("requested by"), null=True, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(_("created"))
    started_at = models.DateTimeField(_("started"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "as_of"], name="tiers_run_once"),
            models.UniqueConstraint(
                fields=["programme"], name="tiers_run_one_at_a_time", condition=Q(state="running")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme} {self.as_of}"


class AssessmentChunk(models.Model):
    """A range of members of a run. Counts are {what happened: members}."""

    run = models.ForeignKey(AssessmentRun, models.CASCADE, related_name="chunks", db_index=False)
    first_member = models.BigIntegerField(_("first member"))
    last_member = models.BigIntegerField(_("last member"))
    planned = models.JSONField(_("planned"), default=dict)
    done = models.JSONField(_("done"), default=dict)
    done_at = models.DateTimeField(_("done at"), null=True)

    class Meta:
        verbose_name = _("assessment chunk")
        verbose_name_plural = _("assessment chunks")
        constraints = [
            models.UniqueConstraint(fields=["run", "first_member"], name="tiers_assessmentchunk_once")
        ]

    def __str__(self) -> str:
        return f"{self.run_id}: {self.first_member}–{self.last_member}"
