-- Points that become available, and points that expire, when their time has come.

-- One pending lot becomes available. What the member owes is paid from it first.
CREATE FUNCTION loyalty_mature_lot(lot loyalty_lot, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    journal bigint;
    paid bigint;
BEGIN
    journal := loyalty_write_journal('mature', lot.customer_id, jsonb_build_object(
        'key', format('mature:%s', lot.id), 'order_id', lot.order_id, 'effective_at', lot.matures_at), at);
    SELECT least(debt, lot.remaining) INTO paid FROM loyalty_balance WHERE customer_id = lot.customer_id;
    WITH matured AS (
        UPDATE loyalty_lot SET state = 'active', remaining = remaining - paid WHERE id = lot.id
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT journal, lot.id, -paid WHERE paid > 0;
    PERFORM loyalty_post(journal, lot.customer_id, 'issued', to_pending => -lot.remaining,
        to_available => lot.remaining - paid, to_debt => paid);
END $$;

-- What is left of one lot expires. A lot can expire more than once: when points return to it afterwards.
CREATE FUNCTION loyalty_expire_lot(lot loyalty_lot, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    journal bigint;
    times bigint;
BEGIN
    SELECT count(*) + 1 INTO times FROM loyalty_allocation a JOIN loyalty_journal j ON j.id = a.journal_id
    WHERE a.lot_id = lot.id AND j.kind = 'expire';
    journal := loyalty_write_journal('expire', lot.customer_id, jsonb_build_object(
        'key', format('expire:%s:%s', lot.id, times), 'order_id', lot.order_id, 'effective_at', lot.expires_at), at);
    WITH expired AS (
        UPDATE loyalty_lot SET remaining = 0 WHERE id = lot.id
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) VALUES (journal, lot.id, -lot.remaining);
    PERFORM loyalty_post(journal, lot.customer_id, 'expired', to_available => -lot.remaining);
END $$;

CREATE FUNCTION loyalty_mature_of(the_customer bigint, at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    lot loyalty_lot;
    matured integer := 0;
BEGIN
    FOR lot IN SELECT * FROM loyalty_lot
        WHERE customer_id = the_customer AND remaining > 0 AND state = 'pending' AND matures_at <= at
        ORDER BY matures_at, id
    LOOP
        PERFORM loyalty_mature_lot(lot, at);
        matured := matured + 1;
    END LOOP;
    RETURN matured;
END $$;

CREATE FUNCTION loyalty_expire_of(the_customer bigint, at timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    lot loyalty_lot;
    expired integer := 0;
BEGIN
    FOR lot IN SELECT * FROM loyalty_lot
        WHERE customer_id = the_customer AND remaining > 0 AND state = 'active' AND expires_at <= at
        ORDER BY expires_at, id
    LOOP
        PERFORM loyalty_expire_lot(lot, at);
        expired := expired + 1;
    END LOOP;
    RETURN expired;
END $$;

-- Before a verb looks at a member's points: what it finds must not depend on when the sweeps last ran.
CREATE FUNCTION loyalty_settle(the_customer bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM loyalty_mature_of(the_customer, at);
    PERFORM loyalty_expire_of(the_customer, at);
END $$;

-- The sweeps take about `most` lots, of members that nobody else is busy with: so they never wait, and never deadlock.
CREATE FUNCTION loyalty_mature(at timestamptz, most integer) RETURNS bigint LANGUAGE sql AS $$
    WITH member AS MATERIALIZED (
        SELECT customer_id FROM loyalty_balance
        WHERE customer_id IN (
            SELECT customer_id FROM loyalty_lot
            WHERE state = 'pending' AND remaining > 0 AND matures_at <= at ORDER BY matures_at LIMIT most
        )
        ORDER BY customer_id FOR UPDATE SKIP LOCKED
    )
    SELECT coalesce(sum(loyalty_mature_of(customer_id, at)), 0) FROM member
$$;

CREATE FUNCTION loyalty_expire(at timestamptz, most integer) RETURNS bigint LANGUAGE sql AS $$
    WITH member AS MATERIALIZED (
        SELECT customer_id FROM loyalty_balance
        WHERE customer_id IN (
            SELECT customer_id FROM loyalty_lot
            WHERE state = 'active' AND remaining > 0 AND expires_at <= at ORDER BY expires_at LIMIT most
        )
        ORDER BY customer_id FOR UPDATE SKIP LOCKED
    )
    SELECT coalesce(sum(loyalty_expire_of(customer_id, at)), 0) FROM member
$$;
