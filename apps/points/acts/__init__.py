"""What of points needs four eyes."""

from apps.core.approvals.registry import acts
from apps.points.acts import (
    adjusting,
    awarding_lists,
    clearing,
    closing,
    ending,
    extending,
    going_back,
    publishing,
    undoing,
    valuing,
)

for act in (
    clearing.CLEAR,
    publishing.PUBLISHING,
    ending.ENDING,
    adjusting.ADJUSTING,
    awarding_lists.AWARDING,
    extending.EXTENDING,
    undoing.UNDOING,
    extending.RESTORING,
    going_back.UNPUBLISHING,
    going_back.REOPENING,
    closing.CLOSING,
    valuing.VALUING,
):
    acts.register(act)
