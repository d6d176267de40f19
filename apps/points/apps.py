from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.ledger.explained import explained_at
from apps.points import by_hand, invariants, menu
from apps.stores import roles


class PointsConfig(AppConfig):
    name = "apps.points"
    label = "points"
    verbose_name = _("Points")

    def ready(self) -> None:
        invariants.register()
        explained_at("points:entry-why")
        menu.register()
        by_hand.register()
        _grant()
        _register_audit()


def _grant() -> None:
    view = ("points.view_rule", "points.view_clearingrun")
    word = ("points.add_rule", "points.change_rule", "points.publish_rule")
    roles.grant(roles.MANAGER, "points.view_rule")
    _grant_books()
    roles.grant(roles.MARKETER, *view, *word)
    roles.grant(roles.OPERATIONS, *view, *word, "points.run_clearing")
    roles.grant(roles.AUDITOR, *view)
    roles.guard("points.publish_rule", "points.run_clearing", "points.run_extension", "points.add_unitcost")


def _grant_books() -> None:
    for role in (roles.MANAGER, roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
        roles.grant(role, "points.view_books")
    for role in (roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
        roles.grant(role, "points.view_unitcost")
        roles.grant(role, "points.view_extensionrun")
    roles.grant(roles.OPERATIONS, "points.add_unitcost", "points.run_extension", "points.recount_book")


def _register_audit() -> None:
    audit.register("points.draft_rule", _("Drafted rule %(name)s (%(code)s)"))
    audit.register("points.edit_draft", _("Reworded the draft of %(name)s, version %(version)s"))
    audit.register("points.discard_draft", _("Discarded the draft of %(name)s, version %(version)s"))
    audit.register("points.publish_version", _("Published %(name)s, version %(version)s, from %(starts_at)s"))
    audit.register("points.end_rule", _("Ended rule %(name)s at %(ends_at)s"))
    audit.register("points.end_version", _("Took back %(name)s, version %(version)s, from %(ends_at)s"))
    audit.register("points.set_unit_cost", _("Set the cost of 100 points to %(fen)s fen from %(starts_on)s"))
    audit.register("points.recount_book", _("Had the liability book counted anew"))
    _register_clearing_audit()
    _register_extension_audit()


def _register_extension_audit() -> None:
    audit.register(
        "points.plan_extension",
        _("Planned to extend %(points)s points of %(accounts)s members through %(until)s: %(reason)s"),
    )
    audit.register(
        "points.start_extension",
        _("Started to extend %(points)s points of %(accounts)s members through %(until)s"),
    )
    audit.register(
        "points.finish_extension", _("Extended %(points)s points in %(lots)s lots through %(until)s")
    )
    audit.register(
        "points.undo_extension", _("Undid the extension of %(points)s points through %(until)s: %(reason)s")
    )
    audit.register(
        "points.stop_extension",
        _("Stopped an extension through %(until)s: %(changed)s lots had got another last day meanwhile"),
    )
    audit.register("points.finish_undo_extension", _("Restored the last day of %(lots)s lots: %(reason)s"))


def _register_clearing_audit() -> None:
    audit.register(
        "points.plan_clearing",
        _("Planned clearing as of %(as_of)s: %(points)s points of %(accounts)s members"),
    )
    audit.register(
        "points.start_clearing",
        _("Started clearing as of %(as_of)s: %(points)s points of %(accounts)s members"),
    )
    audit.register(
        "points.finish_clearing",
        _("Cleared as of %(as_of)s: %(points)s points of %(accounts)s members, %(late_points)s of them late"),
    )
    audit.register(
        "points.stop_clearing",
        _("Stopped clearing as of %(as_of)s: %(planned)s points were planned, %(due)s are due"),
    )
