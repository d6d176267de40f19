"""Refusals in the clerk's words: what is wrong and what would make it right."""

from apps.counter.forms.members import BIRTHDAY_FAULTS, GUARDIAN_NEEDED
from apps.members import errors as members


def enrolment_refused(error: members.MembersError) -> tuple[str | None, str]:
    """The field to blame (None: the form as a whole) and the sentence for it."""
    match error:
        case members.InvalidPhone():
            return "phone", sentence(error)
        case members.GuardianConsentNeeded():
            return "guardian_consent", str(GUARDIAN_NEEDED)
        case members.InvalidBirthday(code=code):
            return "birthday", str(BIRTHDAY_FAULTS[code])
        case _:
            return None, sentence(error)


def member_refused(error: members.MembersError) -> str:
    """Why an act on a member was refused."""
    return sentence(error)


def sentence(error: Exception) -> str:
    """The fact of a refusal as a sentence of its own."""
    text = str(error)
    return text[:1].upper() + text[1:]
