from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from apps.core import audit
from apps.core.approvals import registry as approvals
from apps.stores import menu, roles, scopes


class StoresConfig(AppConfig):
    name = "apps.stores"
    label = "stores"
    verbose_name = _("Stores and staff")

    def ready(self) -> None:
        menu.register()
        _grant()
        _register_audit()
        approvals.scope_by(scopes.requests_within)
        with_models = [config for config in apps.get_app_configs() if config.models_module]
        post_migrate.connect(roles.sync_after_migrate, sender=with_models[-1])


def _grant() -> None:
    roles.grant(roles.MANAGER, "stores.view_store", "stores.view_staff")
    roles.grant(roles.MARKETER, "stores.view_store")
    roles.grant(roles.OPERATIONS, "stores.view_store", "stores.add_store", "stores.change_store")
    roles.grant(roles.OPERATIONS, "stores.view_staff", "core.view_outboxevent")
    roles.grant(roles.OPERATIONS, "django_celery_beat.view_periodictask")
    roles.grant(roles.OPERATIONS, "django_celery_results.view_taskresult")
    roles.grant(roles.AUDITOR, "stores.view_store", "stores.view_staff")
    roles.grant(roles.AUDITOR, "core.view_auditentry", "core.view_outboxevent", "axes.view_accessattempt")

    for role in (roles.MANAGER, roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
        roles.grant(role, "core.view_approvalrequest")
    roles.grant(roles.OPERATIONS, "core.approve_requests", "core.view_approvalthreshold")
    roles.grant(roles.MANAGER, "core.approve_requests")
    roles.grant(roles.AUDITOR, "core.view_approvalthreshold")


def _register_audit() -> None:
    audit.register_words("role", roles.ROLES)
    audit.register_words("was", roles.ROLES)
    audit.register("stores.create_store", _("Opened store %(code)s %(name)s"))
    audit.register("stores.change_store", _("Changed store %(code)s: %(changes)s"))
    audit.register("stores.create_staff", _("Created staff account %(username)s as %(role)s"))
    audit.register("stores.change_staff", _("Changed staff account %(username)s: %(changes)s"))
    audit.register("stores.assign_role", _("Made %(username)s %(role)s, was %(was)s"))
    audit.register("stores.set_scope", _("Set the stores of %(username)s: %(stores)s"))
    audit.register("stores.disable_staff", _("Disabled staff account %(username)s: %(reason)s"))
    audit.register("stores.enable_staff", _("Enabled staff account %(username)s"))
    audit.register("stores.set_password", _("Set a new password for %(username)s"))
