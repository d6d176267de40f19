"""What moving points by hand adds to the house: who may, how the audit tells it, its sidebar lines.
Read before models are loaded."""

from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.registry import MenuItem, menu
from apps.stores import roles

ITEMS = (
    ("points_adjustments", _("Adjustments of points"), "exposure", "adjustment", 60),
    ("points_lists", _("Awards by list"), "playlist_add", "massaward", 70),
    ("points_reasons", _("Reasons of adjustments"), "label", "adjustmentreason", 80),
    ("points_limits", _("Daily limits"), "speed", "adjustmentlimit", 90),
)


def register() -> None:
    _grant()
    _register_audit()
    for code, title, icon, model, order in ITEMS:
        url_name, permission = f"admin:points_{model}_changelist", f"points.view_{model}"
        menu.register(MenuItem(code, "points", title, icon, url_name, permission, order=order))


def _grant() -> None:
    for role in (roles.MANAGER, roles.OPERATIONS):
        roles.grant(role, "points.adjust_points", "points.view_adjustment")
    roles.grant(roles.OPERATIONS, "points.award_many", "points.undo_acts", "points.view_massaward")
    roles.grant(roles.MARKETER, "points.award_many", "points.view_massaward")
    roles.grant(roles.AUDITOR, "points.view_massaward")
    roles.guard("points.adjust_points", "points.award_many", "points.undo_acts")
    roles.grant(roles.AUDITOR, "points.view_adjustment", "points.view_adjustmentlimit")
    roles.grant(roles.OPERATIONS, "points.view_adjustmentlimit", "points.view_adjustmentreason")
    roles.grant(roles.OPERATIONS, "points.add_adjustmentreason", "points.change_adjustmentreason")


def _register_audit() -> None:
    audit.register("points.adjust", _("Adjusted points by %(points)s: %(reason)s. %(note)s"))
    audit.register("points.keep_list", _("Uploaded the list %(name)s: %(points)s points, %(rows)s members"))
    audit.register("points.set_reason", _("Worded the adjustment reason %(code)s: %(name)s"))
    audit.register(
        "points.set_limit", _("Set the daily limit of adjustments of %(who)s to %(points)s points")
    )
