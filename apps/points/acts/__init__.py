"""What of points needs four eyes."""

from apps.core.approvals.registry import acts
from apps.points.acts import adjusting, clearing, publishing

for act in (clearing.CLEAR, publishing.PUBLISHING, adjusting.ADJUSTING):
    acts.register(act)
