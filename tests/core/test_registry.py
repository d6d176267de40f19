import pytest

from apps.core.registry import HomeCard, MenuItem, Registry, visible


def card(code: str, order: int = 100, permission: str = "") -> HomeCard:
    return HomeCard(code, code, lambda staff, day: 0, order=order, permission=permission)


def test_items_are_read_in_order_then_by_code():
    cards = Registry()
    for item in (card("b"), card("a"), card("z", order=1)):
        cards.register(item)
    assert [item.code for item in cards] == ["z", "a", "b"]
    assert len(cards) == 3


def test_another_item_under_the_same_code_is_refused():
    items = Registry()
    first = MenuItem("stores", "stores", "Stores", "store", "home")
    items.register(first)
    items.register(first)
    with pytest.raises(ValueError, match="registered twice: stores"):
        items.register(MenuItem("stores", "system", "Other", "store", "home"))
    assert items.get("stores") == first


def test_only_what_the_reader_may_see_is_visible(clerk, auditor):
    cards = Registry()
    cards.register(card("everyone"))
    cards.register(card("audit", permission="core.view_auditentry"))
    assert [item.code for item in visible(cards, clerk)] == ["everyone"]
    assert [item.code for item in visible(cards, auditor)] == ["audit", "everyone"]
