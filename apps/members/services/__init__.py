"""The only writers of members. Each act locks, decides, writes, audits and announces in one transaction.

*Enrol* makes a member of a phone number, or finds the one who has it. *Present* links a member to a
store where an identity was shown; the link is what makes the member visible there. *Freeze* stops a
membership for a while, *close* ends it: the number stays taken, the phone may be enrolled anew.
*Reveal* shows what is kept sealed, against a reason; *erase* leaves a pseudonym. Consent is a trail of
events, never a switch.
"""

from apps.members.services.channels import (
    bind_identity,
    ensure_channel,
    ensure_channels,
    release_identity,
)
from apps.members.services.enrolment import Enrolled, Enrolment, enrol
from apps.members.services.erasing import erase, take_access_copy
from apps.members.services.exporting import (
    MAY_EXPORT_PHONES,
    fetch_phone_export,
    hold_phone_export,
    keep_phone_export,
    open_phone_export,
)
from apps.members.services.privacy import add_consent, note_export, reveal
from apps.members.services.profile import Profile, change_phone, set_attributes, update_profile
from apps.members.services.standing import close, freeze, freeze_many, unfreeze
from apps.members.services.tags import add_tag, create_tag, remove_tag
from apps.members.services.visits import find, present

__all__ = [
    "MAY_EXPORT_PHONES",
    "Enrolled",
    "Enrolment",
    "Profile",
    "add_consent",
    "add_tag",
    "bind_identity",
    "change_phone",
    "close",
    "create_tag",
    "enrol",
    "ensure_channel",
    "ensure_channels",
    "erase",
    "fetch_phone_export",
    "find",
    "freeze",
    "freeze_many",
    "hold_phone_export",
    "keep_phone_export",
    "note_export",
    "open_phone_export",
    "present",
    "release_identity",
    "remove_tag",
    "reveal",
    "set_attributes",
    "take_access_copy",
    "unfreeze",
    "update_profile",
]
