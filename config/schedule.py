"""The bells Celery beat rings, upserted by name at start (`apps.core.schedule`). What is due is decided
in SQL, so ringing twice or late changes nothing.

An entry is `name: {"task": …, "crontab": "minute hour day-of-month month day-of-week"}` in UTC, or
`name: {"task": …, "every": seconds}`; `args` (list) and `kwargs` (dict) are optional.
"""

SCHEDULE: dict[str, dict] = {
    "clear-due-points": {"task": "points.clear_due", "crontab": "0 18 * * *"},  # 02:00 in Beijing
    "lapse-gifts": {"task": "wallet.lapse_gifts", "crontab": "10 18 * * *"},  # 02:10 in Beijing
    "resume-clearing": {"task": "points.resume_clearing", "every": 300},
    "remind-of-expiry": {"task": "points.remind", "crontab": "0 2 * * *"},  # 10:00 in Beijing
    "resume-extensions": {"task": "points.resume_extensions", "every": 300},
    "resume-replays": {"task": "activity.resume_replays", "every": 300},
    "count-book": {"task": "points.count_book", "every": 60},
    "keep-books": {"task": "points.keep_books", "every": 3600},
    "expire-quotes": {"task": "activity.expire_quotes", "every": 60},
    "resume-by-hand": {"task": "points.resume_by_hand", "every": 300},
    "assess-due-tiers": {"task": "tiers.assess_due", "crontab": "30 18 * * *"},  # 02:30 in Beijing
    "settle-tiers": {"task": "tiers.settle", "every": 60},
    "resume-tiers": {"task": "tiers.resume", "every": 300},
    "expire-approvals": {"task": "core.expire_approvals", "every": 60},
    "reconcile-touched": {"task": "core.reconcile_touched", "every": 900},
    "reconcile-all": {"task": "core.reconcile_all", "crontab": "0 20 * * *"},  # 04:00 in Beijing
    "beat": {"task": "core.beat", "every": 60},
    "relay-outbox": {"task": "core.relay_outbox", "every": 1},
}
