"""What of members needs four eyes: taking many of them out of the house, masked or with their phones."""

from apps.core.approvals.registry import acts
from apps.members.acts.exporting import EXPORT, EXPORTING, ask_to_export
from apps.members.acts.phones import EXPORT_PHONES, EXPORTING_PHONES, ask_for_phones

for act in (EXPORTING, EXPORTING_PHONES):
    acts.register(act)

__all__ = ["EXPORT", "EXPORT_PHONES", "ask_for_phones", "ask_to_export"]
