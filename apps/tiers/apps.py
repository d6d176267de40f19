from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.stores import roles
from apps.tiers import invariants, menu

SENTENCES = {
    "tiers.draft": _("Drafted programme %(name)s, version %(version)s"),
    "tiers.discard": _("Discarded the draft of programme %(name)s, version %(version)s"),
    "tiers.publish": _("Published programme %(name)s, version %(version)s, from %(starts_at)s"),
    "tiers.plan": _("Planned the assessment of %(programme)s as of %(as_of)s: %(up)s up, %(down)s down"),
    "tiers.start": _("Started the assessment of %(programme)s as of %(as_of)s: %(up)s up, %(down)s down"),
    "tiers.finish": _(
        "Assessed %(programme)s as of %(as_of)s: %(up)s up, %(down)s down, %(warned)s about to fall"
    ),
    "tiers.entitle": _("Gave level %(level)s of %(programme)s: %(reason)s"),
    "tiers.end_entitlement": _("Ended level %(level)s of %(programme)s: %(reason)s"),
    "tiers.stop": _("Stopped the assessment of %(programme)s as of %(as_of)s"),
}


class TiersConfig(AppConfig):
    name = "apps.tiers"
    label = "tiers"
    verbose_name = _("Tiers")

    def ready(self) -> None:
        for code, sentence in SENTENCES.items():
            audit.register(code, sentence)
        invariants.register()
        menu.register()
        _grant()


def _grant() -> None:
    view = ("tiers.view_programme", "tiers.view_assessmentrun")
    word = ("tiers.add_programme", "tiers.change_programme", "tiers.publish_programme")
    for role in (roles.MANAGER, roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
        roles.grant(role, *view)
    roles.grant(roles.MARKETER, *word)
    roles.grant(roles.OPERATIONS, *word, "tiers.run_assessment", "tiers.pin_level")
    roles.guard("tiers.publish_programme", "tiers.run_assessment", "tiers.pin_level")
