from typing import Any

from django.core.management.base import BaseCommand

from apps.core import schedule
from config.schedule import SCHEDULE


class Command(BaseCommand):
    help = "Bring Celery beat's tables up to the schedule file. Runs after migrate when deploying."

    def handle(self, *args: Any, **options: Any) -> None:
        schedule.sync(SCHEDULE)
