"""A member's standing in sentences, for the member page and the counter."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.tiers.queries import Glance

ACTS = {
    "joined": gettext_lazy("Joined the programme"),
    "up": gettext_lazy("Upgraded"),
    "down": gettext_lazy("Downgraded"),
    "moved": gettext_lazy("The level was retired"),
    "refund": gettext_lazy("A refund took growth back"),
    "pinned": gettext_lazy("Pinned by staff"),
    "gifted": gettext_lazy("Gifted"),
    "lapsed": gettext_lazy("A pin or gift ended"),
}


@dataclass(frozen=True)
class Told:
    """A glance and what is said of it."""

    glance: Glance
    lines: tuple[str, ...]


def told(glance: Glance) -> Told:
    """The glance with what is missing to the next level and to keep this one."""
    return Told(glance, tuple(line for line in (_next(glance), _keep(glance), _held(glance)) if line))


def _next(glance: Glance) -> str:
    facts = {"growth": f"{glance.growth:,}", "missing": f"{glance.to_next or 0:,}", "level": glance.next_name}
    if glance.to_next is None:
        return _("%(growth)s growth: the highest level is reached.") % facts
    if not glance.to_next:
        return _("%(growth)s growth: enough for %(level)s, which comes with the next assessment.") % facts
    return _("%(growth)s growth: %(missing)s more reach %(level)s.") % facts


def _keep(glance: Glance) -> str:
    facts = {"missing": f"{glance.to_keep:,}"}
    if glance.falls_at is not None:
        facts["day"] = f"{glance.falls_at.astimezone(clock.zone()):%Y-%m-%d}"
        return _("Falls on %(day)s unless %(missing)s more growth comes.") % facts
    if glance.to_keep:
        return _("%(missing)s more growth keep what was earned.") % facts
    return "" if not glance.level.rank else _("Enough growth to keep what was earned.")


def _held(glance: Glance) -> str:
    row = glance.entitlement
    if row is None:
        return ""
    day = f"{row.until.astimezone(clock.zone()):%Y-%m-%d}"
    facts = {"source": row.get_source_display(), "day": day, "reason": row.reason}
    return _("%(source)s until %(day)s: %(reason)s") % facts


def why(explanation: Mapping[str, Any]) -> str:
    """Why a spell began."""
    return str(ACTS[explanation["act"]])
