"""The Celery application. A task is only a doorbell: what is due stands in PostgreSQL."""

from celery import Celery

app = Celery("laurel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
