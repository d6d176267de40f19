"""The bells Celery beat rings, upserted by name at start. What is due is decided in SQL, so ringing
twice or late changes nothing. Crontab times are UTC."""

SCHEDULE: dict[str, dict] = {
    "relay-outbox": {"task": "core.relay_outbox", "every": 5},
}
