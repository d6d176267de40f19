"""What of tiers needs four eyes."""

from apps.core.approvals.registry import acts
from apps.tiers.acts import assessing, publishing

for act in (assessing.ASSESSING, publishing.PUBLISHING):
    acts.register(act)
