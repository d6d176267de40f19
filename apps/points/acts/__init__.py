"""What of points needs four eyes."""

from apps.core.approvals.registry import acts
from apps.points.acts import adjusting, awarding_lists, clearing, publishing, undoing

for act in (
    clearing.CLEAR,
    publishing.PUBLISHING,
    adjusting.ADJUSTING,
    awarding_lists.AWARDING,
    undoing.UNDOING,
):
    acts.register(act)
