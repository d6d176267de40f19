"""What must never break in stored value: W1–W5, each one SQL that returns the offending rows."""

from django.utils.translation import gettext_lazy as _

from apps.core import invariants

W1 = """
  SELECT t.id AS top_up_id, t.principal_fen, p.amount AS principal, t.gift_fen, g.amount AS gift
    FROM wallet_topup t
    LEFT JOIN ledger_entry p ON p.source = 'topup:' || t.id || ':principal'
    LEFT JOIN ledger_entry g ON g.source = 'topup:' || t.id || ':gift'
   WHERE t.principal_fen IS DISTINCT FROM p.amount OR t.gift_fen <> coalesce(g.amount, 0)"""

W2 = """
  SELECT y.id AS payment_id, y.paid_at, y.principal_fen, p.amount AS principal, y.gift_fen, g.amount AS gift
    FROM wallet_payment y
    LEFT JOIN ledger_entry p ON p.source = 'pay:' || y.id || ':principal'
    LEFT JOIN ledger_entry g ON g.source = 'pay:' || y.id || ':gift'
   WHERE -coalesce(p.amount, 0) <> CASE WHEN y.paid_at IS NULL THEN 0 ELSE y.principal_fen END
      OR -coalesce(g.amount, 0) <> CASE WHEN y.paid_at IS NULL THEN 0 ELSE y.gift_fen END"""

W3 = """
  SELECT r.id AS return_id, r.principal_fen, p.amount AS principal, r.gift_fen, g.amount AS gift
    FROM wallet_return r
    LEFT JOIN ledger_entry p ON p.source = 'payback:' || r.id || ':principal'
    LEFT JOIN ledger_entry g ON g.source = 'payback:' || r.id || ':gift'
   WHERE r.principal_fen <> coalesce(p.amount, 0) OR r.gift_fen <> coalesce(g.amount, 0)"""

W3_SUM = """
  SELECT y.id AS payment_id, y.principal_fen, sum(r.principal_fen) AS principal, y.gift_fen,
         sum(r.gift_fen) AS gift
    FROM wallet_payment y JOIN wallet_return r ON r.payment_id = y.id
   GROUP BY y.id HAVING sum(r.principal_fen) > y.principal_fen OR sum(r.gift_fen) > y.gift_fen"""

W4 = """
  SELECT x.id AS refund_id, x.principal_fen, p.amount AS principal, x.gift_fen, g.amount AS gift
    FROM wallet_principalrefund x
    LEFT JOIN ledger_entry p ON p.source = 'paidout:' || x.id || ':principal'
    LEFT JOIN ledger_entry g ON g.source = 'paidout:' || x.id || ':gift'
   WHERE x.principal_fen <> -coalesce(p.amount, 0) OR x.gift_fen <> -coalesce(g.amount, 0)"""

W4_SUM = """
  SELECT t.id AS top_up_id, t.principal_fen, sum(x.cash_fen) AS cash
    FROM wallet_topup t JOIN wallet_principalrefund x ON x.top_up_id = t.id
   GROUP BY t.id HAVING sum(x.cash_fen) > t.principal_fen"""

W4_REQUEST = """
  SELECT x.id AS refund_id, x.request_id FROM wallet_principalrefund x
   WHERE NOT EXISTS (SELECT 1 FROM core_approvalrequest q WHERE q.id = x.request_id AND q.basis <> '')"""

W5 = """
  SELECT e.id AS entry_id, s.code, e.kind, e.source, e.amount
    FROM ledger_asset s JOIN ledger_account a ON a.asset_id = s.id JOIN ledger_entry e ON e.account_id = a.id
   WHERE s.code IN ('balance_principal', 'balance_gift') AND NOT (s.code = 'balance_gift' AND e.kind =
     'expire') AND coalesce(split_part(e.source, ':', 1), '') NOT IN ('topup', 'pay', 'payback', 'paidout',
     'farewell')"""


def register() -> None:
    """Declare the invariants of stored value."""
    declare = invariants.register
    declare("W1", _("Every top-up was credited exactly, principal and gift apart"), W1)
    declare("W2", _("Every payment from the balance was taken exactly as split, once paid"), W2)
    declare("W3", _("Every return to the balance was given back exactly"), W3)
    declare("W3 sum", _("No payment gives back more than it took"), W3_SUM)
    declare("W4", _("Every refund of principal was taken off the balance exactly"), W4)
    declare("W4 sum", _("No top-up pays out more than was paid in"), W4_SUM)
    declare("W4 request", _("No principal was refunded without a request on record"), W4_REQUEST)
    declare("W5", _("Stored value moves for top-ups, payments, returns and refunds alone"), W5)
