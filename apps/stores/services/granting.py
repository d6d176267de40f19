"""Nobody gives, or takes in hand, more than they have: roles by what they may do, scopes by what they see.

A job (an actor that is no staff member) is the house itself and stands above all.
"""

from collections.abc import Collection

from apps.core.audit import Actor
from apps.stores import queries
from apps.stores.errors import RoleAboveOwn
from apps.stores.models import Staff, Store


def require_may_give_role(actor: Actor, role: str) -> None:
    """Raise RoleAboveOwn when the role may do something the actor may not."""
    giver = _staff(actor)
    if giver is not None and not queries.may_give_role(giver, role):
        raise RoleAboveOwn


def require_may_give_scope(actor: Actor, *, stores: Collection[Store], sees_all_stores: bool) -> None:
    """Raise RoleAboveOwn when the scope shows something the actor doesn't see."""
    giver = _staff(actor)
    if giver is not None and not queries.may_give_scope(giver, stores, sees_all_stores):
        raise RoleAboveOwn


def require_may_manage(actor: Actor, staff: Staff) -> None:
    """Raise RoleAboveOwn when the account may do more than the actor. One's own account is one's own."""
    if actor.staff_id != staff.pk:
        require_may_give_role(actor, queries.role_of(staff))


def _staff(actor: Actor) -> Staff | None:
    return Staff.objects.filter(pk=actor.staff_id).first() if actor.staff_id else None
