"""Beat, telling at every tick that it ticks. Celery loads this scheduler by its name in the settings."""

from typing import Any

from django_celery_beat.schedulers import DatabaseScheduler

from apps.core.truth.beating import tell
from apps.core.truth.queries import BEAT


class Scheduler(DatabaseScheduler):
    def tick(self, *args: Any, **kwargs: Any) -> float:
        tell(BEAT)
        return super().tick(*args, **kwargs)
