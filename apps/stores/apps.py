from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _

from apps.core import audit, guarding
from apps.core.approvals import registry as approvals
from apps.stores import menu, roles, scopes, sessions


class StoresConfig(AppConfig):
    name = "apps.stores"
    label = "stores"
    verbose_name = _("Stores and staff")

    def ready(self) -> None:
        menu.register()
        _grant()
        _register_audit()
        approvals.scope_by(scopes.requests_within)
        user_logged_in.connect(sessions.begin)
        guarding.ask_by(sessions.require_recent)
        with_models = [config for config in apps.get_app_configs() if config.models_module]
        post_migrate.connect(roles.sync_after_migrate, sender=with_models[-1])


def _grant() -> None:
    roles.grant(roles.MANAGER, "stores.view_store", "stores.view_staff")
    roles.grant(roles.MARKETER, "stores.view_store")
    roles.grant(roles.OPERATIONS, "stores.view_store", "stores.add_store", "stores.change_store")
    roles.grant(roles.OPERATIONS, "stores.view_staff", "core.view_outboxevent")
    roles.grant(roles.OPERATIONS, "core.view_alert", "core.acknowledge_alert", "core.retry_task")
    roles.grant(roles.AUDITOR, "core.view_alert")
    roles.grant(roles.OPERATIONS, "django_celery_beat.view_periodictask")
    roles.grant(roles.OPERATIONS, "django_celery_results.view_taskresult")
    roles.grant(roles.AUDITOR, "stores.view_store", "stores.view_staff")
    roles.grant(roles.AUDITOR, "core.view_auditentry", "core.view_outboxevent", "axes.view_accessattempt")
    for role in (roles.MANAGER, roles.MARKETER, roles.OPERATIONS, roles.AUDITOR):
        roles.grant(role, "core.view_approvalrequest")
    roles.grant(roles.OPERATIONS, "core.approve_requests", "core.view_approvalthreshold")
    roles.grant(roles.MANAGER, "core.approve_requests")
    roles.grant(roles.AUDITOR, "core.view_approvalthreshold")
    roles.guard("stores.add_staff", "stores.change_staff", "core.view_auditentry", "core.approve_requests")
    roles.guard("core.change_approvalthreshold")


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
    audit.register("stores.enrol_second_factor", _("Enrolled a second factor for %(username)s"))
    audit.register("stores.use_recovery_code", _("%(username)s used a recovery code, %(left)s are left"))
    audit.register("stores.renew_recovery_codes", _("Made new recovery codes for %(username)s"))
    audit.register("stores.pause_codes", _("Paused the codes of %(username)s after too many wrong ones"))
    audit.register("stores.reset_second_factor", _("Reset the second factor of %(username)s: %(reason)s"))
    audit.register("stores.end_sessions", _("Signed %(username)s out everywhere"))
