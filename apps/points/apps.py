from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit


class PointsConfig(AppConfig):
    name = "apps.points"
    label = "points"
    verbose_name = _("Points")

    def ready(self) -> None:
        _register_audit()


def _register_audit() -> None:
    audit.register("points.draft_rule", _("Drafted rule %(name)s (%(code)s)"))
    audit.register("points.edit_draft", _("Reworded the draft of %(name)s, version %(version)s"))
    audit.register("points.discard_draft", _("Discarded the draft of %(name)s, version %(version)s"))
    audit.register("points.publish_version", _("Published %(name)s, version %(version)s, from %(starts_at)s"))
    audit.register("points.end_rule", _("Ended rule %(name)s at %(ends_at)s"))
