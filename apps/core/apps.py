import gc

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _

from apps.core import audit, checks, menu
from apps.core.approvals import invariants, registry


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = _("System")

    def ready(self) -> None:
        checks.register()
        menu.register()
        invariants.register()
        _register_audit()
        audit.register("truth.acknowledge", _("Looks after alert %(alert)s: %(note)s"))
        audit.register("truth.retry_task", _("Called the failed task %(task)s again"))
        autodiscover_modules("acts")  # what needs four eyes
        audit.register_words("approval_act", registry.act_words())
        autodiscover_modules("panels")  # where apps hang things on the pages of the apps below
        autodiscover_modules("demo")  # where an app says how the demo is loaded
        autodiscover_modules("subscribers")  # where apps hear of what happened
        _spare_the_collector()


def _spare_the_collector() -> None:
    """What is loaded lives as long as the process; searching it for garbage took a fifth of an import."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def _register_audit() -> None:
    audit.register("approvals.ask", _("Asked (request %(request)s): %(approval_act)s. %(reason)s"))
    audit.register("approvals.note", _("Began without a person (request %(request)s): %(approval_act)s"))
    audit.register("approvals.approve", _("Approved request %(request)s: %(approval_act)s. %(note)s"))
    audit.register("approvals.reject", _("Rejected request %(request)s: %(approval_act)s. %(note)s"))
    audit.register("approvals.withdraw", _("Withdrew request %(request)s: %(approval_act)s"))
    audit.register("approvals.expire", _("Nobody decided request %(request)s in time: %(approval_act)s"))
    audit.register("approvals.run", _("Carried out request %(request)s: %(approval_act)s"))
    audit.register("approvals.finish", _("Finished request %(request)s: %(approval_act)s"))
    audit.register("approvals.stop", _("Did not carry out request %(request)s: %(approval_act)s. %(fault)s"))
    audit.register("approvals.undo", _("Request %(request)s (%(approval_act)s) was undone by request %(by)s"))
    audit.register("approvals.set_threshold", _("Changed when “%(approval_act)s” needs a second person"))
