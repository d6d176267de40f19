"""Why a file with phones is refused, and what would make it right."""

from typing import Any

from django.utils.translation import gettext_lazy

from apps.core.errors import LaurelError
from apps.members import errors

REFUSALS: dict[type[LaurelError], Any] = {
    errors.NothingToExport: gettext_lazy("None of these members has a phone."),
    errors.ExportEnded: gettext_lazy("This file was fetched before, or its time is over. Ask for a new one."),
    errors.ExportDiffers: gettext_lazy(
        "A member or a phone has changed since it was approved. Ask for a new file."
    ),
}


def refusal_of_export(error: LaurelError) -> str:
    """The refusal in words; "" for one that is none of these."""
    return str(REFUSALS.get(type(error), ""))
