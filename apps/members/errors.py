"""What the members app refuses. Messages never carry personal data: they end up in logs."""

from datetime import date

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import LaurelError


class MembersError(LaurelError):
    """Something about a member was refused."""


class InvalidPhone(MembersError):
    """Not a phone number. ``code``: empty, characters, spreadsheet, unknown, kind."""

    REASONS = {
        "empty": gettext_lazy("no phone number was given"),
        "characters": gettext_lazy("a phone number has digits only, with + in front of a country code"),
        "spreadsheet": gettext_lazy(
            "a spreadsheet has rounded this phone number: format the column as text and export again"
        ),
        "unknown": gettext_lazy("no such phone number: write 11 digits, or + and the country code"),
        "kind": gettext_lazy("this is a service number, not a person's phone"),
    }

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(self.REASONS[self.code])


class InvalidBirthday(MembersError):
    """A birthday that can't be true. ``code``: future, too_old."""

    REASONS = {
        "future": gettext_lazy("the birthday lies in the future"),
        "too_old": gettext_lazy("the birthday is more than 130 years ago"),
    }

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(self.REASONS[self.code])


class InvalidProfile(MembersError):
    """A profile field that can't be kept: ``field`` and what it may be."""

    def __init__(self, field: str, allowed: str):
        super().__init__(field, allowed)
        self.field, self.allowed = field, allowed

    def __str__(self) -> str:
        return _("%(field)s: %(allowed)s") % {"field": self.field, "allowed": self.allowed}


class GuardianConsentNeeded(MembersError):
    """Under 14 on the day, and no guardian agreed."""

    def __init__(self, birthday: date):
        super().__init__(birthday)
        self.birthday = birthday

    def __str__(self) -> str:
        return _("under 14: a guardian must agree first")


class PhoneTaken(MembersError):
    """Another member, ``member_id``, has this phone."""

    def __init__(self, member_id: int):
        super().__init__(member_id)
        self.member_id = member_id

    def __str__(self) -> str:
        return _("another member has this phone number")


class IdentityTaken(MembersError):
    """The channel identity belongs to another member."""

    def __init__(self, channel_code: str):
        super().__init__(channel_code)
        self.channel_code = channel_code

    def __str__(self) -> str:
        return _("this %(channel)s identity belongs to another member") % {"channel": self.channel_code}


class IdentityNotFound(MembersError):
    """The member has no such identity in the channel."""

    def __init__(self, channel_code: str):
        super().__init__(channel_code)
        self.channel_code = channel_code

    def __str__(self) -> str:
        return _("the member has no such %(channel)s identity") % {"channel": self.channel_code}


class MemberNotActive(MembersError):
    """The member's status forbids the act."""

    def __init__(self, status: str):
        super().__init__(status)
        self.status = status

    def __str__(self) -> str:
        return _("the member is %(status)s") % {"status": _(self.status.capitalize())}


class MemberNotFound(MembersError, Http404):
    """No such member, or none in the reader's scope: the two look alike."""

    def __str__(self) -> str:
        return _("no such member")


class ReferrerNotFound(MembersError):
    """No open member has the referrer's number."""

    def __init__(self, number: str):
        super().__init__(number)
        self.number = number

    def __str__(self) -> str:
        return _("no member has the number %(number)s") % {"number": self.number}


class ReasonNeeded(MembersError):
    """The act asks for a reason and none was given."""

    def __str__(self) -> str:
        return _("give a reason")


class NothingToReveal(MembersError):
    """The member has no such personal data."""

    def __init__(self, field: str):
        super().__init__(field)
        self.field = field

    def __str__(self) -> str:
        return _("nothing is kept there")


class MemberErased(MembersError):
    """Who this member was is erased for good."""

    def __str__(self) -> str:
        return _("this member is erased")


class NothingToExport(MembersError):
    """None of the members chosen has a phone."""


class ExportEnded(MembersError):
    """A file with phones was fetched before, its time is over, or it is somebody else's."""

    def __init__(self, export_id: int) -> None:
        super().__init__(f"export {export_id}")
        self.export_id = export_id


class ExportDiffers(MembersError):
    """The members or their phones are no longer those that were approved."""

    def __init__(self, export_id: int) -> None:
        super().__init__(f"export {export_id}")
        self.export_id = export_id
