"""What every writer of a person's data checks first."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from apps.core import clock
from apps.members import rules
from apps.members.errors import GuardianConsentNeeded, InvalidBirthday, InvalidProfile
from apps.members.models import Gender

ATTRIBUTE_COUNT = 100
ATTRIBUTE_NAME_LENGTH = 60
ATTRIBUTE_TEXT_LENGTH = 1000


def check_person(*, name: str, gender: str, birthday: date | None, has_guardian: bool, at: datetime) -> None:
    """Refuse a person who can't be kept as told.

    Raises InvalidProfile, InvalidBirthday, GuardianConsentNeeded.
    """
    day = clock.business_day(at)
    if len(rules.clean_text(name)) > rules.NAME_LENGTH:
        raise InvalidProfile("name", _("at most %(count)d characters") % {"count": rules.NAME_LENGTH})
    if gender and gender not in Gender.values:
        raise InvalidProfile("gender", _("female, male or nothing"))
    if fault := rules.birthday_fault(birthday, day):
        raise InvalidBirthday(fault)
    if rules.needs_guardian(birthday, day) and not has_guardian:
        raise GuardianConsentNeeded(birthday)


def checked_attributes(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes as they are kept: short names, texts, numbers and booleans. Raises InvalidProfile."""
    if len(attributes) > ATTRIBUTE_COUNT:
        raise InvalidProfile("attributes", _("at most %(count)d of them") % {"count": ATTRIBUTE_COUNT})
    return {_attribute_name(name): _attribute_value(name, value) for name, value in attributes.items()}


def _attribute_name(name: str) -> str:
    cleaned = rules.clean_text(name)
    if not 0 < len(cleaned) <= ATTRIBUTE_NAME_LENGTH:
        raise InvalidProfile(
            "attributes", _("names of 1 to %(count)d characters") % {"count": ATTRIBUTE_NAME_LENGTH}
        )
    return cleaned


def _attribute_value(name: str, value: Any) -> Any:
    if isinstance(value, str) and len(value) <= ATTRIBUTE_TEXT_LENGTH:
        return rules.clean_text(value)
    if value is None or isinstance(value, bool | int):
        return value
    raise InvalidProfile(
        name,
        _("a text of at most %(count)d characters, a whole number or yes/no")
        % {"count": ATTRIBUTE_TEXT_LENGTH},
    )
