"""The people and places tests are about, made straight in the database: no service is under test
here. Numbers count up, nothing is random, nothing depends on the day."""

from datetime import UTC, datetime

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from apps.members.models import Channel, Member, StoreLink
from apps.stores import roles
from apps.stores.models import Staff, Store

OPENING = datetime(2025, 3, 1, 2, 0, tzinfo=UTC)  # 10:00 in the shop
PASSWORD = "laurel-test-password"


class StoreFactory(DjangoModelFactory):
    class Meta:
        model = Store
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"S{n:03d}")
    name = factory.LazyAttribute(lambda store: f"Store {store.code}")
    city = "上海"


class StaffFactory(DjangoModelFactory):
    class Meta:
        model = Staff

    role = roles.CLERK
    username = factory.Sequence(lambda n: f"staff{n}")
    display_name = factory.LazyAttribute(lambda staff: staff.username)
    password = factory.django.Password(PASSWORD)
    home_store = factory.SubFactory(StoreFactory)
    sees_all_stores = factory.LazyAttribute(lambda staff: staff.role not in (roles.CLERK, roles.MANAGER))
    is_staff = factory.LazyAttribute(lambda staff: staff.role != roles.CLERK)

    @classmethod
    def _create(cls, model_class: type[Staff], *args: object, role: str, **kwargs: object) -> Staff:
        staff = super()._create(model_class, *args, **kwargs)
        staff.groups.add(Group.objects.get(name=role))
        return staff


class ChannelFactory(DjangoModelFactory):
    class Meta:
        model = Channel
        django_get_or_create = ("code",)

    code = "pos"
    name = "POS"


class MemberFactory(DjangoModelFactory):
    class Meta:
        model = Member
        skip_postgeneration_save = True

    number = factory.Sequence(lambda n: f"T{n:09d}")
    name = factory.Sequence(lambda n: f"王{n}")
    home_store = factory.SubFactory(StoreFactory)
    channel = factory.SubFactory(ChannelFactory)
    joined_at = OPENING
    created_at = OPENING

    @factory.post_generation
    def link(self, create: bool, extracted: object, **kwargs: object) -> None:
        StoreLink.objects.create(
            member=self, store=self.home_store, how=StoreLink.How.HOME, at=self.joined_at
        )
