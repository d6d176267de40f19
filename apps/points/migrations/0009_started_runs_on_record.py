"""Runs started before there were approvals get the record of having run without a person."""

from django.db import migrations

RECORD = """
INSERT INTO core_approvalrequest (act, payload, payload_hash, plan, plan_hash, bar, subject_type, subject_id, reason,
    asked_by_name, asked_at, expires_at, state, basis, decided_by_name, decision_note, finished_at, result, difference,
    fault)
SELECT 'points.clear', jsonb_build_object('run', r.id), encode(sha256(('run ' || r.id)::bytea), 'hex'),
       jsonb_build_object('measure', jsonb_build_object('count', r.accounts, 'points', r.points, 'money_fen', 0),
                          'facts', jsonb_build_object('as_of', r.as_of, 'points', r.points, 'accounts', r.accounts),
                          'columns', '[]'::jsonb, 'examples', '[]'::jsonb),
       encode(sha256(('plan ' || r.id)::bytea), 'hex'), '{}'::jsonb, 'points.clearing', r.id::text, left(r.note, 200),
       'before approvals', r.started_at, r.started_at + interval '24 hours', r.state, 'standing', '', '',
       r.finished_at, '{}'::jsonb, '[]'::jsonb, ''
  FROM points_clearingrun r WHERE r.started_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("points", "0008_extensions_of_points"), ("core", "0004_requests_kept")]
    operations = [migrations.RunSQL(RECORD, migrations.RunSQL.noop)]
