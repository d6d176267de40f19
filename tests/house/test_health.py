"""The health page answers anybody; the log of requests keeps quiet about what they looked for."""

import json

import pytest
from django.test import Client


@pytest.mark.django_db
def test_health_needs_no_sign_in() -> None:
    answer = Client().get("/healthz", headers={"Accept": "text/plain"})
    assert (answer.status_code, answer.content) == (200, b"Database(alias='default'): OK\n")


@pytest.mark.django_db
def test_what_was_asked_for_is_not_logged(
    capfd: pytest.CaptureFixture, caplog: pytest.LogCaptureFixture
) -> None:
    Client().get("/healthz", {"phone": "13800138000"}, headers={"Accept": "text/plain"})
    (line,) = {record.getMessage() for record in caplog.records if "request_finished" in record.getMessage()}
    assert json.loads(line)["request"] == "GET /healthz"
    assert "13800138000" not in caplog.text
    assert capfd.readouterr().out == ""
