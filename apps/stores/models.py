"""The organisation: stores and the staff who work in them."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.audit import Actor


class Store(models.Model):
    """A place or channel outlet that sells. Unknown codes met by an import are created."""

    code = models.CharField(_("store code"), max_length=40, unique=True)
    name = models.CharField(_("store name"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    is_open = models.BooleanField(_("open for business"), default=True)

    class Meta:
        verbose_name = _("store")
        verbose_name_plural = _("stores")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name or self.code


class Staff(AbstractUser):
    """Who signs in. Scope is the stores named here, or the whole brand."""

    display_name = models.CharField(_("display name"), max_length=60, blank=True)
    staff_number = models.CharField(_("staff number"), max_length=40, blank=True)
    home_store = models.ForeignKey(
        Store, models.PROTECT, verbose_name=_("home store"), null=True, blank=True, related_name="home_staff"
    )
    stores = models.ManyToManyField(
        Store, verbose_name=_("stores in scope"), blank=True, related_name="staff"
    )
    sees_all_stores = models.BooleanField(_("sees all stores"), default=False)
    sessions_ended = models.PositiveIntegerField(_("sign-outs everywhere"), default=0, editable=False)

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.display_name or self.get_username()

    def get_full_name(self) -> str:
        return self.display_name or super().get_full_name()

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """A session is good for one password and until all are ended."""
        own = super()._get_session_auth_hash(secret)
        return f"{own}.{self.sessions_ended}" if self.sessions_ended else own

    def as_actor(self) -> Actor:
        """Who acts, as services and the audit log want it: this person at the home store."""
        return Actor(name=str(self), staff_id=self.pk, store_id=self.home_store_id)


class SecondFactor(models.Model):
    """The authenticator app of an account. Its secret is sealed; each step of its codes is good once."""

    staff = models.OneToOneField(
        Staff, models.CASCADE, primary_key=True, verbose_name=_("staff"), related_name="second_factor"
    )
    secret_sealed = models.BinaryField(_("secret (sealed)"))
    last_step = models.BigIntegerField(_("last step used"), default=0)
    failures = models.PositiveSmallIntegerField(_("wrong codes in a row"), default=0)
    paused_until = models.DateTimeField(_("paused until"), null=True)
    enrolled_at = models.DateTimeField(_("enrolled"))

    class Meta:
        verbose_name = _("second factor")
        verbose_name_plural = _("second factors")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.staff_id}"


class RecoveryCode(models.Model):
    """A code for the day the phone is lost: kept as a keyed hash, good once."""

    factor = models.ForeignKey(
        SecondFactor, models.CASCADE, verbose_name=_("second factor"), related_name="recovery_codes"
    )
    code_hash = models.BinaryField(_("code (hash)"), max_length=32)
    used_at = models.DateTimeField(_("used"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["factor", "code_hash"], name="stores_recoverycode_once")
        ]

    def __str__(self) -> str:
        return f"{self.factor_id}"
