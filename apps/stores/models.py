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

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")

    def __str__(self) -> str:
        return self.display_name or self.get_username()

    def get_full_name(self) -> str:
        return self.display_name or super().get_full_name()

    def as_actor(self) -> Actor:
        """Who acts, as services and the audit log want it: this person at the home store."""
        return Actor(name=str(self), staff_id=self.pk, store_id=self.home_store_id)
