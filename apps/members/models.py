"""Who: members, the identities they show, the consents they gave, the tags operators put on them."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core import sealing
from apps.members import numbers, phones
from apps.stores.models import Staff, Store


class Gender(models.TextChoices):
    FEMALE = "female", _("Female")
    MALE = "male", _("Male")


class MemberStatus(models.TextChoices):
    ACTIVE = "active", _("Active")
    FROZEN = "frozen", _("Frozen")
    CLOSED = "closed", _("Closed")


class Channel(models.Model):
    """Where members and purchases come from: a till, a mini-program, a marketplace."""

    code = models.CharField(_("channel code"), max_length=40, unique=True)
    name = models.CharField(_("channel name"), max_length=100)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Member(models.Model):
    """One customer. Phone and e-mail are stored encrypted, looked up by keyed hash."""

    number = models.CharField(_("member number"), max_length=20)
    member_ref = models.CharField(_("source reference"), max_length=64, null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=MemberStatus.choices, default=MemberStatus.ACTIVE
    )
    name = models.CharField(_("name"), max_length=60, blank=True)
    gender = models.CharField(_("gender"), max_length=6, choices=Gender.choices, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    phone_sealed = models.BinaryField(_("phone (sealed)"), null=True)
    phone_hash = models.BinaryField(_("phone (hash)"), null=True, max_length=32)
    phone_last4 = models.CharField(_("phone, last four"), max_length=4, blank=True)
    email_sealed = models.BinaryField(_("e-mail (sealed)"), null=True)
    email_hash = models.BinaryField(_("e-mail (hash)"), null=True, max_length=32)
    guardian_consented_at = models.DateTimeField(_("guardian's consent"), null=True, blank=True)
    home_store = models.ForeignKey(
        Store,
        models.PROTECT,
        verbose_name=_("store of origin"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    channel = models.ForeignKey(
        Channel, models.PROTECT, verbose_name=_("channel of origin"), null=True, blank=True, related_name="+"
    )
    referrer = models.ForeignKey(
        "self",
        models.PROTECT,
        verbose_name=_("referred by"),
        null=True,
        blank=True,
        related_name="referred",
        db_index=False,
    )
    enrolled_by = models.ForeignKey(
        Staff,
        models.PROTECT,
        verbose_name=_("enrolled by"),
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
    )
    joined_at = models.DateTimeField(_("joined"))
    created_at = models.DateTimeField(_("created"))
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        permissions = [
            ("take_access_copy", _("Can take a member's access copy")),
            ("erase_member", _("Can erase members")),
            ("change_phone", _("Can change members' phone numbers")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["number"], name="members_member_number_once"),
            models.UniqueConstraint(
                fields=["member_ref"],
                name="members_member_ref_once",
                violation_error_message=_("Another member already has this source reference."),
            ),
            models.UniqueConstraint(
                fields=["phone_hash"],
                condition=~Q(status="closed"),
                name="members_member_phone_once",
                violation_error_message=_("Another member already has this phone number."),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["active", "frozen", "closed"]), name="members_member_status_known"
            ),
            models.CheckConstraint(
                condition=Q(phone_sealed__isnull=True, phone_hash__isnull=True)
                | Q(phone_sealed__isnull=False, phone_hash__isnull=False),
                name="members_member_phone_sealed_and_hashed",
            ),
        ]
        indexes = [
            models.Index("phone_last4", OpClass("name", "text_pattern_ops"), name="members_last4_surname"),
            models.Index(fields=["-joined_at", "-id"], name="members_by_joined"),
            models.Index(OpClass("name", "text_pattern_ops"), name="members_by_name"),
            models.Index(
                fields=["referrer"], name="members_by_referrer", condition=Q(referrer__isnull=False)
            ),
            models.Index(
                fields=["status", "-joined_at"], name="members_not_active", condition=~Q(status="active")
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def name_masked(self) -> str:
        """王小明 → 王**, for whoever needs no name."""
        return self.name[:1] + "*" * max(len(self.name) - 1, 1) if self.name else ""

    @property
    def phone_masked(self) -> str:
        """``138****8000``, empty without a phone."""
        return phones.mask(sealing.unseal(self.phone_sealed)) if self.phone_sealed else ""

    @property
    def qr_payload(self) -> str:
        """What the member's QR code says."""
        return numbers.qr_payload(self.number)


class StoreLink(models.Model):
    """Makes a member visible to a store: the home store, or one where the member showed an identity."""

    class How(models.TextChoices):
        HOME = "home", _("Enrolled here")
        PRESENTED = "presented", _("Showed an identity here")

    member = models.ForeignKey(Member, models.CASCADE, verbose_name=_("member"), db_index=False)
    store = models.ForeignKey(Store, models.PROTECT, verbose_name=_("store"), db_index=False)
    how = models.CharField(_("how"), max_length=9, choices=How.choices)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("store link")
        verbose_name_plural = _("store links")
        constraints = [models.UniqueConstraint(fields=["member", "store"], name="members_storelink_once")]
        indexes = [models.Index(fields=["store", "member"], name="members_storelink_by_store")]

    def __str__(self) -> str:
        return f"{self.member_id} @ {self.store_id}"


class Identity(models.Model):
    """What a member is called in another channel: an openid, a card, a marketplace id."""

    member = models.ForeignKey(Member, models.CASCADE, verbose_name=_("member"), related_name="identities")
    channel = models.ForeignKey(Channel, models.PROTECT, verbose_name=_("channel"), db_index=False)
    external_id = models.CharField(_("identity"), max_length=128)
    bound_at = models.DateTimeField(_("bound"))

    class Meta:
        verbose_name = _("channel identity")
        verbose_name_plural = _("channel identities")
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id"],
                name="members_identity_once",
                violation_error_message=_("This channel identity already belongs to a member."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel_id}:{self.external_id}"


class ConsentEvent(models.Model):
    """Append-only: a member gave or withdrew consent to a purpose under a policy version."""

    class Purpose(models.TextChoices):
        MEMBERSHIP = "membership", _("Membership terms")
        MARKETING = "marketing", _("Marketing messages")
        GUARDIAN = "guardian", _("Guardian's consent for a child")

    member = models.ForeignKey(Member, models.CASCADE, verbose_name=_("member"), related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose.choices)
    is_given = models.BooleanField(_("given"))
    policy_version = models.CharField(_("policy version"), max_length=20)
    at = models.DateTimeField(_("time"))
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), null=True, db_index=False)
    source = models.CharField(_("source"), max_length=40)

    class Meta:
        verbose_name = _("consent event")
        verbose_name_plural = _("consent events")

    def __str__(self) -> str:
        return f"{self.member_id} {self.purpose} {self.is_given}"


class Tag(models.Model):
    """A label operators put on members."""

    code = models.SlugField(_("tag code"), max_length=40, unique=True)
    name = models.CharField(_("tag name"), max_length=60)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class MemberTag(models.Model):
    """A member carries a tag."""

    member = models.ForeignKey(Member, models.CASCADE, verbose_name=_("member"), db_index=False)
    tag = models.ForeignKey(Tag, models.PROTECT, verbose_name=_("tag"))
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("member's tag")
        verbose_name_plural = _("members' tags")
        constraints = [models.UniqueConstraint(fields=["member", "tag"], name="members_membertag_once")]

    def __str__(self) -> str:
        return f"{self.member_id} #{self.tag_id}"


class Reveal(models.Model):
    """A staff member looked at masked personal data, and why. Append-only."""

    member = models.ForeignKey(Member, models.CASCADE, verbose_name=_("member"))
    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("staff"), db_index=False)
    field = models.CharField(_("field"), max_length=20)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("time"))

    class Meta:
        verbose_name = _("reveal")
        verbose_name_plural = _("reveals")
        permissions = [
            ("enrol_member", _("Can enrol members")),
            ("reveal_personal_data", _("Can reveal personal data")),
            ("export_members", _("Can export members")),
        ]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="members_reveal_has_reason")]

    def __str__(self) -> str:
        return f"{self.staff_id} → {self.member_id}"


class PhoneExport(models.Model):
    """A file with full phones that was asked for: exactly these members. It is fetched once, by who asked,
    after ``request_id`` was let through and before ``expires_at``."""

    staff = models.ForeignKey(Staff, models.PROTECT, verbose_name=_("asked by"))
    member_ids = ArrayField(models.BigIntegerField(), verbose_name=_("members"))
    fingerprint = models.CharField(_("checksum"), max_length=64)
    query = models.CharField(_("query"), max_length=500, blank=True)
    reason = models.CharField(_("reason"), max_length=200)
    asked_at = models.DateTimeField(_("asked"))
    request_id = models.BigIntegerField(_("request"), null=True, unique=True)
    expires_at = models.DateTimeField(_("can be fetched until"), null=True)
    fetched_at = models.DateTimeField(_("fetched"), null=True)

    class Meta:
        verbose_name = _("export of phones")
        verbose_name_plural = _("exports of phones")
        ordering = ["-id"]
        permissions = [("export_phones", _("Can export full phones"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(fetched_at__isnull=True)
                | Q(request_id__isnull=False, fetched_at__lt=F("expires_at")),
                name="members_phoneexport_fetched_as_approved",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
