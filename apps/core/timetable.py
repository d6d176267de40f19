"""When a bell rings, in words and in the business zone."""

from datetime import datetime, time
from typing import Any

from django.utils.translation import gettext as _

from apps.core import clock

ANY = "*"


def words(bell: Any, on: datetime) -> str:
    """``bell`` is a periodic task of Celery beat; ``on`` decides the zone's offset."""
    if bell.interval:
        return _("Every %(seconds)s seconds") % {"seconds": bell.interval.every}
    if bell.crontab:
        return crontab_words(bell.crontab, on)
    return str(bell.clocked or bell.solar or "–")


def crontab_words(crontab: Any, on: datetime) -> str:
    """Times of day and of the hour in words; anything rarer as it stands, with its zone."""
    minute, hour = crontab.minute, crontab.hour
    if minute.isdigit() and hour == ANY and _is_daily(crontab):
        return _("Every hour at minute %(minute)s") % {"minute": int(minute)}
    if minute.isdigit() and hour.isdigit() and _is_daily(crontab):
        local = datetime.combine(on.date(), time(int(hour), int(minute)), crontab.timezone)
        return _("Every day at %(time)s") % {"time": local.astimezone(clock.zone()).strftime("%H:%M")}
    fields = (minute, hour, crontab.day_of_month, crontab.month_of_year, crontab.day_of_week)
    return f"{' '.join(fields)} ({crontab.timezone})"


def _is_daily(crontab: Any) -> bool:
    return crontab.day_of_month == crontab.month_of_year == crontab.day_of_week == ANY
