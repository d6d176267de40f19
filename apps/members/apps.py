from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from apps.core import audit, invariants
from apps.members import checks, menu
from apps.members.invariants import INVARIANTS
from apps.stores import roles

SENTENCES = {
    "members.enrol": _("Enrolled member %(number)s"),
    "members.present": _("The member showed an identity at another store"),
    "members.bind_identity": _("Bound a %(channel)s identity"),
    "members.release_identity": _("Took off a %(channel)s identity"),
    "members.update_profile": _("Changed the profile: %(fields)s"),
    "members.change_phone": _("Changed the phone from %(was)s to %(now)s: %(reason)s"),
    "members.add_consent": _("Recorded consent to %(purpose)s: %(is_given)s"),
    "members.reveal": _("Looked at the %(field)s: %(reason)s"),
    "members.freeze": _("Froze the membership: %(reason)s"),
    "members.unfreeze": _("Resumed the membership: %(reason)s"),
    "members.close": _("Closed the membership: %(reason)s"),
    "members.create_tag": _("Created the tag %(tag)s"),
    "members.add_tag": _("Put on the tag %(tag)s"),
    "members.remove_tag": _("Took off the tag %(tag)s"),
    "members.import": _("Imported rows %(rows)s of %(file)s: %(created)s new, %(updated)s changed"),
    "members.erase": _("Erased the member: %(reason)s"),
    "members.access_copy": _("Took an access copy: %(reason)s"),
    "members.export_phones": _(
        "Exported %(count)s members with full phones (request %(request)s): %(reason)s; query: %(query)s"
    ),
    "members.export": _("Exported %(count)s members, masked; query: %(query)s"),
}


class MembersConfig(AppConfig):
    name = "apps.members"
    label = "members"
    verbose_name = _("Members")

    def ready(self) -> None:
        checks.register()
        menu.register()
        for code, sentence in SENTENCES.items():
            audit.register(code, sentence)
        for code, (title, sql) in INVARIANTS.items():
            invariants.register(code, title, sql)
        _grant()


def _grant() -> None:
    view = ("members.view_member", "members.view_tag", "members.view_channel")
    logs = ("members.view_reveal", "members.view_consentevent")
    roles.grant(roles.CLERK, "members.view_member", "members.enrol_member")
    roles.grant(roles.MANAGER, *view, "members.enrol_member", "members.change_member")
    roles.grant(roles.MANAGER, "members.reveal_personal_data", "members.change_phone")
    roles.grant(roles.MANAGER, "members.add_membertag")
    roles.grant(roles.MARKETER, *view, "members.add_tag", "members.add_membertag", "members.export_members")
    roles.grant(roles.OPERATIONS, *view, *logs, "members.change_member", "members.enrol_member")
    roles.grant(roles.OPERATIONS, "members.reveal_personal_data", "members.export_members")
    roles.grant(roles.OPERATIONS, "members.change_phone")
    roles.grant(roles.OPERATIONS, "members.add_tag", "members.add_membertag")
    roles.grant(roles.AUDITOR, *view, *logs)
    roles.grant(roles.OPERATIONS, "members.take_access_copy", "members.erase_member")
    roles.grant(roles.OPERATIONS, "members.export_phones", "members.view_phoneexport")
    roles.grant(roles.AUDITOR, "members.view_phoneexport")
    roles.guard("members.export_phones")
    roles.guard("members.export_members", "members.reveal_personal_data", "members.change_phone")
    roles.guard("members.take_access_copy", "members.erase_member")
