"""The doorbell of gift that ends: what is due stands in the database."""

import time

from celery import shared_task

from apps.core import clock
from apps.wallet import services as wallet

SECONDS_AT_ONCE = 40


@shared_task(name="wallet.lapse_gifts", ignore_result=True)
def lapse_gifts(after: int = 0) -> int:
    """Book gifts past their last day for a while, then ring again; how many fen ended."""
    ends, lapsed = time.monotonic() + SECONDS_AT_ONCE, 0
    today = clock.business_day(clock.now())
    while True:
        chunk = wallet.lapse_gifts(as_of=today, after=after)
        lapsed += chunk.points
        if chunk.last_account is None:
            return lapsed
        after = chunk.last_account
        if time.monotonic() > ends:
            lapse_gifts.delay(after)
            return lapsed
