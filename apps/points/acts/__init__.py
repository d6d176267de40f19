"""What of points needs four eyes."""

from apps.core.approvals.registry import acts
from apps.points.acts import clearing

acts.register(clearing.CLEAR)
