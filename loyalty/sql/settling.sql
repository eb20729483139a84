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

-- What is left of these members' lots whose time has come expires: for each member and moment one journal. A lot expires
-- only when its notices are done and what they promised is past (`may_expire_at`). It can expire more than once: when
-- points return to it afterwards. The members are locked. Tells how many lots it were.
CREATE FUNCTION loyalty_expire_members(members bigint[], at timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    lots bigint[];
BEGIN
    -- Member by member and by number: left to itself the planner reads all lots, or all that are due, for every batch.
    SELECT array_agg(due.id) INTO lots FROM unnest(members) AS member, LATERAL (
        SELECT id FROM loyalty_lot
        WHERE customer_id = member AND remaining > 0 AND state = 'active' AND may_expire_at <= at OFFSET 0
    ) due;
    WITH lot AS MATERIALIZED (
        SELECT id, customer_id, order_id, points, remaining, may_expire_at FROM loyalty_lot WHERE id = ANY (lots)
    ), together AS MATERIALIZED (
        SELECT customer_id, may_expire_at, min(id) AS first, sum(remaining)::bigint AS points,
            CASE WHEN count(*) = 1 THEN min(order_id) END AS order_id, bool_and(remaining = points) AS untouched
        FROM lot GROUP BY customer_id, may_expire_at
    ), journal AS (
        INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_name, order_id, reason,
            arithmetic, effective_at, recorded_at)
        SELECT 'expire', customer_id, format('expire:%s:%s', first, CASE WHEN untouched THEN 1 ELSE 1 + (
                SELECT count(*) FROM loyalty_allocation a JOIN loyalty_journal j ON j.id = a.journal_id
                WHERE a.lot_id = first AND j.kind = 'expire'
            ) END), '', 'system', '', order_id, '', '{}', may_expire_at, at
        FROM together ORDER BY customer_id, may_expire_at
        RETURNING id, customer_id, effective_at
    ), posted AS MATERIALIZED (
        SELECT journal.id, t.* FROM journal
        JOIN together t ON t.customer_id = journal.customer_id AND t.may_expire_at = journal.effective_at
    ), emptied AS (
        UPDATE loyalty_lot SET remaining = 0 WHERE id = ANY (lots)
    ), allocations AS (
        INSERT INTO loyalty_allocation (journal_id, lot_id, points)
        SELECT posted.id, lot.id, -lot.remaining FROM lot JOIN posted USING (customer_id, may_expire_at)
    ), entries AS (
        INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
        SELECT id, 'expired', NULL, points, NULL, NULL FROM posted
        UNION ALL
        SELECT posted.id, 'available', customer_id, -points,
            available - sum(points) OVER (PARTITION BY customer_id ORDER BY posted.id),
            version + row_number() OVER (PARTITION BY customer_id ORDER BY posted.id)
        FROM posted JOIN loyalty_balance USING (customer_id) WHERE customer_id = ANY (members)
    ), total AS (
        SELECT customer_id, count(*) AS entries, sum(points) AS points FROM posted GROUP BY customer_id
    )
    UPDATE loyalty_balance b SET available = available - total.points, version = version + total.entries
    FROM total WHERE b.customer_id = total.customer_id AND b.customer_id = ANY (members);
    RETURN coalesce(cardinality(lots), 0);
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

CREATE FUNCTION loyalty_expire_of(the_customer bigint, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM loyalty_lot
        WHERE customer_id = the_customer AND remaining > 0 AND state = 'active' AND may_expire_at <= at
    ) THEN
        PERFORM loyalty_expire_members(ARRAY[the_customer], at);
    END IF;
END $$;

-- Whether points of this member should have become available, or should have expired, by now.
CREATE FUNCTION loyalty_is_unsettled(the_customer bigint, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM loyalty_lot WHERE customer_id = the_customer AND remaining > 0
            AND (state = 'pending' AND matures_at <= at OR state = 'active' AND may_expire_at <= at)
    )
$$;

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

CREATE FUNCTION loyalty_expire(at timestamptz, most integer) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    members bigint[];
BEGIN
    WITH member AS MATERIALIZED (
        SELECT customer_id FROM loyalty_balance
        WHERE customer_id = ANY (ARRAY(
            SELECT customer_id FROM loyalty_lot
            WHERE state = 'active' AND remaining > 0 AND may_expire_at <= at ORDER BY may_expire_at LIMIT most
        ))
        ORDER BY customer_id FOR UPDATE SKIP LOCKED
    )
    SELECT array_agg(customer_id) INTO members FROM member;
    RETURN CASE WHEN members IS NULL THEN 0 ELSE loyalty_expire_members(members, at) END;
END $$;
