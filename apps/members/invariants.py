"""What never breaks about members, each as one SQL that returns the offending rows."""

from django.conf import settings
from django.utils.translation import gettext_lazy as _

INVARIANTS = {
    "P2": (
        _("Nobody under 14 without a guardian's consent"),
        f"""
        SELECT m.id AS member, m.birthday FROM members_member m
        WHERE m.birthday > (now() AT TIME ZONE '{settings.TIME_ZONE}' - interval '14 years')::date
          AND m.guardian_consented_at IS NULL AND m.status <> 'closed'
        """,
    ),
    "P3": (
        _("An erased member keeps no identifying field"),
        """
        SELECT m.id AS member FROM members_member m
        WHERE m.erased_at IS NOT NULL AND (
            m.status <> 'closed' OR m.name <> '' OR m.gender <> '' OR m.phone_last4 <> ''
            OR m.number <> 'X' || m.id OR m.attributes <> '{}'::jsonb
            OR num_nonnulls(m.member_ref, m.birthday, m.phone_sealed, m.phone_hash, m.email_sealed,
                            m.email_hash, m.guardian_consented_at) > 0
            OR EXISTS (SELECT FROM members_identity i WHERE i.member_id = m.id)
            OR EXISTS (SELECT FROM members_membertag t WHERE t.member_id = m.id))
        """,
    ),
    "P4": (
        _("Every reveal names a reason"),
        "SELECT id AS reveal, member_id AS member FROM members_reveal WHERE btrim(reason) = ''",
    ),
    "P5": (
        _("One open member per phone number"),
        """
        SELECT encode(phone_hash, 'hex') AS phone, array_agg(id ORDER BY id) AS members FROM members_member
        WHERE phone_hash IS NOT NULL AND status <> 'closed' GROUP BY phone_hash HAVING count(*) > 1
        """,
    ),
    "P6": (
        _("A phone is kept sealed, hashed and by its last four digits, or not at all"),
        """
        SELECT id AS member FROM members_member
        WHERE (phone_sealed IS NULL) <> (phone_hash IS NULL)
           OR (phone_sealed IS NOT NULL AND phone_last4 !~ '^[0-9]{4}$')
           OR length(phone_hash) <> 32
        """,
    ),
    "P7": (
        _("A member is visible to the store of origin"),
        """
        SELECT m.id AS member, m.home_store_id AS store FROM members_member m
        WHERE m.home_store_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM members_storelink l WHERE l.member_id = m.id AND l.store_id = m.home_store_id)
        """,
    ),
    "P8": (
        _("A guardian's consent of a member is a consent event"),
        """
        SELECT m.id AS member FROM members_member m
        WHERE m.guardian_consented_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM members_consentevent c
            WHERE c.member_id = m.id AND c.purpose = 'guardian' AND c.is_given)
        """,
    ),
}
