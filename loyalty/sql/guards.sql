-- What the database refuses, whoever asks. Every name is unqualified: the functions live in the shop's own schema and
-- act on it. The checks are made at the end of each statement, not at commit: by then another schema may be active.

CREATE FUNCTION loyalty_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only' USING
        ERRCODE = 'integrity_constraint_violation',
        DETAIL = format('%s of %s is refused', lower(TG_OP), TG_TABLE_NAME);
END $$;

-- The entries of a journal are written by one statement and sum to zero. So all of them always do.
CREATE FUNCTION loyalty_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    SELECT journal_id INTO wrong FROM added GROUP BY journal_id HAVING sum(points) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'unbalanced' USING
            ERRCODE = 'integrity_constraint_violation', DETAIL = format('journal %s', wrong);
    END IF;
    RETURN NULL;
END $$;

-- What is left of a lot is what came, less what the allocations drew: neither moves without the other.
CREATE FUNCTION loyalty_check_lots() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wrong bigint;
BEGIN
    IF TG_TABLE_NAME = 'loyalty_lot' THEN
        SELECT id INTO wrong FROM changed WHERE remaining <> points + coalesce(
            (SELECT sum(a.points) FROM loyalty_allocation a WHERE a.lot_id = changed.id), 0) LIMIT 1;
    ELSE
        SELECT l.id INTO wrong FROM loyalty_lot l WHERE l.id IN (SELECT lot_id FROM changed) AND l.remaining <> l.points
            + (SELECT sum(a.points) FROM loyalty_allocation a WHERE a.lot_id = l.id) LIMIT 1;
    END IF;
    IF FOUND THEN
        RAISE EXCEPTION 'unexplained_lot' USING
            ERRCODE = 'integrity_constraint_violation', DETAIL = format('lot %s', wrong);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entries_sum_to_zero AFTER INSERT ON loyalty_entry
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION loyalty_check_entries();
CREATE TRIGGER new_lots_are_explained AFTER INSERT ON loyalty_lot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION loyalty_check_lots();
CREATE TRIGGER lots_are_explained AFTER UPDATE ON loyalty_lot
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION loyalty_check_lots();
CREATE TRIGGER allocations_move_lots AFTER INSERT ON loyalty_allocation
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION loyalty_check_lots();

CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE ON loyalty_journal
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON loyalty_entry
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER allocation_is_append_only BEFORE UPDATE OR DELETE ON loyalty_allocation
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER stamp_is_append_only BEFORE UPDATE OR DELETE ON loyalty_stamp
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER version_stays BEFORE DELETE ON loyalty_programmeversion
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
-- Of a version only how far its tiers have reached the members ever moves.
CREATE TRIGGER version_is_append_only BEFORE UPDATE ON loyalty_programmeversion FOR EACH ROW
    WHEN (OLD.tiers_cursor IS NOT DISTINCT FROM NEW.tiers_cursor
        OR to_jsonb(OLD) - 'tiers_cursor' <> to_jsonb(NEW) - 'tiers_cursor')
    EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER lot_stays BEFORE DELETE ON loyalty_lot
    FOR EACH ROW EXECUTE FUNCTION loyalty_refuse_change();
-- One without any entry explains nothing: it may go with its member.
CREATE TRIGGER balance_stays BEFORE DELETE ON loyalty_balance
    FOR EACH ROW WHEN (OLD.version > 0) EXECUTE FUNCTION loyalty_refuse_change();
-- A lot only ever matures, is drawn from or returned to, and lasts longer: never shorter, and once promised, no sooner.
CREATE TRIGGER lot_is_settled BEFORE UPDATE ON loyalty_lot FOR EACH ROW
    WHEN ((OLD.customer_id, OLD.journal_id, OLD.order_id, OLD.points)
            IS DISTINCT FROM (NEW.customer_id, NEW.journal_id, NEW.order_id, NEW.points)
        -- When it matures may change while it waits for a parcel, and only then.
        OR (OLD.matures_at IS DISTINCT FROM NEW.matures_at AND (OLD.state <> 'pending' OR NEW.state <> 'pending'))
        OR (OLD.state = 'active' AND NEW.state <> 'active')
        OR (OLD.expires_at IS NULL) <> (NEW.expires_at IS NULL) OR NEW.expires_at < OLD.expires_at
        OR NEW.may_expire_at < OLD.may_expire_at)
    EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER balance_moves_forward BEFORE UPDATE ON loyalty_balance FOR EACH ROW
    WHEN (NEW.customer_id <> OLD.customer_id OR NEW.version < OLD.version)
    EXECUTE FUNCTION loyalty_refuse_change();

CREATE TRIGGER journal_is_not_emptied BEFORE TRUNCATE ON loyalty_journal
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER entry_is_not_emptied BEFORE TRUNCATE ON loyalty_entry
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER allocation_is_not_emptied BEFORE TRUNCATE ON loyalty_allocation
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER stamp_is_not_emptied BEFORE TRUNCATE ON loyalty_stamp
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER version_is_not_emptied BEFORE TRUNCATE ON loyalty_programmeversion
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER lot_is_not_emptied BEFORE TRUNCATE ON loyalty_lot
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
CREATE TRIGGER balance_is_not_emptied BEFORE TRUNCATE ON loyalty_balance
    FOR EACH STATEMENT EXECUTE FUNCTION loyalty_refuse_change();
