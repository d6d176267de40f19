"""What is logged and how: one JSON object a line, on stderr, without what people typed into a search.

stdout belongs to commands, whose output scripts read.
"""

import logging

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"as_is": {"format": "%(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "as_is"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"django_structlog": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
}
REQUEST_STARTED_LEVEL = logging.DEBUG


def configure() -> None:
    """Send structlog's events through the standard library's handlers."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class RequestLog(RequestMiddleware):
    """One line for each request; its query stays out, a phone number may be in it."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {request.path}"
