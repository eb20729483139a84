"""The database itself refuses to change or remove what stands in the audit trail."""

from django.db import migrations

REFUSE = """
CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END
$$
"""
GUARD = """
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON staff_auditentry
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()
"""


class Migration(migrations.Migration):
    dependencies = [("staff", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [REFUSE, GUARD],
            ["DROP TRIGGER audit_is_append_only ON staff_auditentry", "DROP FUNCTION refuse_change_of_audit()"],
        ),
    ]
