"""What caused a movement of points, as the why-panel tells it: the purchase, the refund, the review."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.activity.models import Activity, ActivityKind
from apps.core.money import format_money
from apps.points import origins
from apps.points.origins import Origin


def told(source: str) -> Origin | None:
    """The activity behind ``activity:<id>:points``, ``spend:<id>`` or ``refund:<id>:<entry>``."""
    key = source.split(":")[1]
    rows = Activity.objects.select_related("channel", "store", "staff")
    found = rows.filter(pk=int(key)).first() if key.isascii() and key.isdigit() else None
    if found is None:
        return None
    facts = [(_("Receipt"), found.external_id), (_("Channel"), found.channel)]
    if found.store:
        facts.append((_("Store"), found.store))
    if found.kind in (ActivityKind.PURCHASE, ActivityKind.REFUND):
        facts.append((_("Amount"), format_money(found.amount_fen)))
    if found.discount_fen:
        facts.append((_("Of it paid with points"), format_money(found.discount_fen)))
    if found.staff:
        facts.append((_("Staff"), found.staff))
    page = reverse("admin:activity_activity_change", args=[found.pk])
    return Origin(f"{found.get_kind_display()} {found.pk}", tuple(facts), page)


def register() -> None:
    for kind in ("activity", "spend", "refund"):
        origins.register(kind, told)
