"""What of points needs four eyes."""

from apps.core.approvals.registry import acts
from apps.points.acts import clearing, publishing

for act in (clearing.CLEAR, publishing.PUBLISHING):
    acts.register(act)
