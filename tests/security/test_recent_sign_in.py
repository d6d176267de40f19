"""Every door of an act that moves value or shows personal data in bulk asks again who is there."""

import pytest
from django.urls import reverse

from apps.core.approvals.models import ApprovalRequest
from apps.members.models import PhoneExport
from apps.points.models import ClearingRun, ExtensionRun, Rule
from tests.security.shop import open_shop

pytestmark = pytest.mark.django_db
NAMED = {
    "run": ClearingRun,
    "rule": Rule,
    "extension": ExtensionRun,
    "request": ApprovalRequest,
    "export": PhoneExport,
}
DOORS = {
    "/admin/points/clearingrun/plan/": {"as_of": "2025-01-01"},
    "/admin/points/clearingrun/{run}/start/": {"reason": "year end"},
    "/admin/points/rule/{rule}/act/": {"act": "end"},
    "/admin/points/rule/{rule}/revert/": {"version": "1"},
    "/admin/points/extensionrun/plan/": {"month": "2040-01", "until": "2041-01-01", "reason": "storm"},
    "/admin/points/extensionrun/{extension}/start/": {},
    "/admin/points/extensionrun/{extension}/undo/": {"reason": "mistake"},
    "/admin/points/adjustment/ask/": {"points": "5"},
    "/admin/points/massaward/send/": {"text": "x"},
    "/admin/points/unitcost/set/": {"fen_per_hundred": "1", "starts_on": "2040-01-01"},
    "/admin/ledger/closedmonth/close/": {"month": "2025-01"},
    "/admin/core/approvalthreshold/set/points.clear/": {"mode": "never", "reason": "x"},
    "/admin/core/approvalrequest/{request}/decide/": {"decision": "approve", "note": "fine"},
    "/admin/members/member/": {"act": "export"},
    "/admin/members/phoneexport/{export}/phones.csv": {},
}


def test_an_old_sign_in_is_asked_who_is_there(client, administrator):
    open_shop()
    named = {name: model.objects.latest("pk").pk for name, model in NAMED.items()}
    client.force_login(administrator)
    session = client.session
    session["confirmed_at"] = 0
    session.save()
    asked = reverse("confirm")
    for door, data in DOORS.items():
        answer = client.post(door.format(**named), data)
        assert (door, answer.status_code) == (door, 302)
        assert answer.url.startswith(asked), door
    assert client.post("/admin/members/member/", {"act": "export_phones"}).url.startswith(asked)
