"""The only writers of stores and staff.

A store has a code for ever. A staff account has one role, a home store and a scope of stores, or
sees the whole brand; it is disabled, never deleted, because its acts stay. Somebody who may manage
staff always remains.
"""

from apps.stores.services.second_factor import (
    end_sessions,
    enrol_demo_account,
    enrol_second_factor,
    pass_second_factor,
    renew_recovery_codes,
    reset_second_factor,
)
from apps.stores.services.staff import (
    Scope,
    StaffAccount,
    StaffRevision,
    assign_role,
    change_staff,
    create_staff,
    disable_staff,
    enable_staff,
    revise_staff,
    set_password,
    set_scope,
)
from apps.stores.services.stores import change_store, create_store, ensure_stores

__all__ = [
    "Scope",
    "StaffAccount",
    "StaffRevision",
    "assign_role",
    "change_staff",
    "change_store",
    "create_staff",
    "create_store",
    "disable_staff",
    "enable_staff",
    "end_sessions",
    "enrol_demo_account",
    "enrol_second_factor",
    "ensure_stores",
    "pass_second_factor",
    "renew_recovery_codes",
    "reset_second_factor",
    "revise_staff",
    "set_password",
    "set_scope",
]
