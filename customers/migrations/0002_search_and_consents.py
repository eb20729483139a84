"""What Django's models cannot say: the search index over pieces of text, and that consents are only ever added."""

from django.db import migrations

# The function that is indexed may only use what stands in pg_catalog: PostgreSQL builds and restores indexes with an empty search
# path. So the second does not call the first.
PIECES = """
CREATE FUNCTION text_pieces(sought text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT piece), '{}')
    FROM (
        SELECT substr(low, start, width) AS piece
        FROM lower(sought) AS low, generate_series(1, length(low)) AS start, generate_series(1, 2) AS width
    ) AS pieces
    WHERE piece !~ '[[:space:]]'
$$
"""
CUSTOMER_PIECES = """
CREATE FUNCTION customer_pieces(name text, email text, phone text, card_code text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE COST 1000 AS $$
    SELECT coalesce(array_agg(DISTINCT piece), '{}')
    FROM (
        SELECT substr(low, start, width) AS piece
        FROM lower(name || ' ' || email || ' ' || phone || ' ' || card_code) AS low,
             generate_series(1, length(low)) AS start, generate_series(1, 2) AS width
    ) AS pieces
    WHERE piece !~ '[[:space:]]'
$$
"""
INDEX = """
CREATE INDEX customer_by_pieces ON customers_customer USING gin (customer_pieces(name, email, phone, card_code))
"""
REFUSE = """
CREATE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents are only ever added' USING ERRCODE = 'restrict_violation';
END
$$
"""
TRIGGER = """
CREATE TRIGGER consent_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON customers_consent
FOR EACH STATEMENT EXECUTE FUNCTION refuse_consent_change()
"""


class Migration(migrations.Migration):
    dependencies = [("customers", "0001_initial")]
    operations = [
        migrations.RunSQL([PIECES], "DROP FUNCTION text_pieces(text)"),
        migrations.RunSQL([CUSTOMER_PIECES], "DROP FUNCTION customer_pieces(text, text, text, text)"),
        migrations.RunSQL([INDEX], "DROP INDEX customer_by_pieces"),
        migrations.RunSQL([REFUSE], "DROP FUNCTION refuse_consent_change()"),
        migrations.RunSQL([TRIGGER], "DROP TRIGGER consent_is_append_only ON customers_consent"),
    ]
