import pytest

from apps.core import paging
from apps.core.paging import CappedPaginator
from apps.stores.models import Store
from tests.factories import StoreFactory


@pytest.mark.django_db
def test_rows_are_counted_up_to_the_cap_and_no_further(monkeypatch):
    monkeypatch.setattr(paging, "CAP", 3)
    StoreFactory.create_batch(3)
    exact = CappedPaginator(Store.objects.all(), 2)
    assert (exact.count, exact.num_pages, exact.is_capped) == (3, 2, False)
    StoreFactory.create_batch(2)
    capped = CappedPaginator(Store.objects.all(), 2)
    assert (capped.count, capped.is_capped) == (3, True)


def test_a_plain_list_is_paged_too():
    pages = CappedPaginator(["a", "b", "c"], 2)
    assert (pages.count, pages.is_capped, pages.page(2).object_list) == (3, False, ["c"])
