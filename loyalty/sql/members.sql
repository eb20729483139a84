-- The steps that the verbs are made of. Each verb locks first; all times are parameters.

-- Lock these members' balances, in ascending order, making those that are missing.
CREATE FUNCTION loyalty_lock(customers bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(customers) = 1 THEN  -- the usual case, a fraction of the work
        PERFORM FROM loyalty_balance WHERE customer_id = customers[1] FOR UPDATE;
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM unnest(customers) c WHERE NOT EXISTS (SELECT FROM loyalty_balance WHERE customer_id = c)) THEN
        INSERT INTO loyalty_balance (customer_id) SELECT DISTINCT c FROM unnest(customers) c ORDER BY c
        ON CONFLICT DO NOTHING;
    END IF;
    PERFORM FROM loyalty_balance WHERE customer_id = ANY (customers) ORDER BY customer_id FOR UPDATE;
END $$;

-- Whether this command was carried out before. Raises key_reused when another one was, under its key.
CREATE FUNCTION loyalty_earlier(command jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    earlier record;
BEGIN
    SELECT id, fingerprint INTO earlier FROM loyalty_journal WHERE key = command ->> 'key';
    IF FOUND AND earlier.fingerprint <> command ->> 'fingerprint' THEN
        RAISE EXCEPTION 'key_reused' USING DETAIL = command ->> 'key';
    END IF;
    RETURN earlier.id;
END $$;

CREATE FUNCTION loyalty_write_journal(
    the_kind text, the_customer bigint, command jsonb, at timestamptz, the_resolved bigint DEFAULT NULL
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_id, actor_name, order_id,
        programme_version_id, reason, arithmetic, effective_at, recorded_at, resolves_id)
    VALUES (the_kind, the_customer, command ->> 'key', coalesce(command ->> 'fingerprint', ''),
        coalesce(command ->> 'actor_kind', 'system'), (command ->> 'actor_id')::bigint,
        coalesce(command ->> 'actor_name', ''), (command ->> 'order_id')::bigint, (command ->> 'version_id')::bigint,
        coalesce(command ->> 'reason', ''), coalesce(command -> 'arithmetic', '{}'),
        coalesce((command ->> 'effective_at')::timestamptz, at), at, the_resolved)
    RETURNING id INTO written;
    RETURN written;
END $$;

-- Write the entries of a member's journal and bring the balance up. Signs are those of the entries: a positive `debt`
-- pays, a negative one owes. The programme's account takes the other side; `unexpired` moves points from the account
-- expired to it, for points that are taken back after they had expired; `reissued` moves points from it to the account
-- issued, for points that another member is to have earned.
CREATE FUNCTION loyalty_post(
    the_journal bigint, the_customer bigint, programme_account text, to_available bigint DEFAULT 0,
    to_pending bigint DEFAULT 0, to_held bigint DEFAULT 0, to_debt bigint DEFAULT 0, to_earned bigint DEFAULT 0,
    unexpired bigint DEFAULT 0, reissued bigint DEFAULT 0
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    after loyalty_balance;
    -- The versions of the entries: those that move nothing take no number.
    pending_version bigint := (to_pending <> 0)::int;
    held_version bigint := pending_version + (to_held <> 0)::int;
    available_version bigint := held_version + (to_available <> 0)::int;
    debt_version bigint := available_version + (to_debt <> 0)::int;
BEGIN
    UPDATE loyalty_balance SET
        available = available + to_available, pending = pending + to_pending, held = held + to_held,
        debt = debt - to_debt, earned = earned + to_earned, version = version + debt_version
    WHERE customer_id = the_customer RETURNING * INTO after;
    INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
    SELECT the_journal, account, member, points, balance, after.version - debt_version + place
    FROM (VALUES
        ('pending', the_customer, to_pending, after.pending, pending_version),
        ('held', the_customer, to_held, after.held, held_version),
        ('available', the_customer, to_available, after.available, available_version),
        ('debt', the_customer, to_debt, -after.debt, debt_version),
        (programme_account, NULL, unexpired - to_available - to_pending - to_held - to_debt - reissued, NULL, NULL),
        ('expired', NULL, -unexpired, NULL, NULL),
        ('issued', NULL, reissued, NULL, NULL)
    ) AS entry (account, member, points, balance, place)
    WHERE points <> 0;
END $$;

-- What each of a member's lots gives when so many points are wanted: those of `own` first, pending before available, then
-- the other available ones, first to expire first. In all less than wanted when there is not enough. Becomes a part of
-- the statement that asks.
CREATE FUNCTION loyalty_shares(the_customer bigint, wanted bigint, own bigint[])
RETURNS TABLE (id bigint, state text, points bigint) LANGUAGE sql STABLE AS $$
    SELECT id, state, least(remaining, wanted - before)::bigint FROM (
        SELECT id, state, remaining, sum(remaining) OVER (
            ORDER BY id = ANY (own) DESC, state = 'pending' DESC, expires_at NULLS LAST, id
        ) - remaining AS before
        FROM loyalty_lot
        WHERE customer_id = the_customer AND remaining > 0 AND (state = 'active' OR id = ANY (own))
    ) usable WHERE before < wanted
$$;

-- Draw points from a member's lots. Tells how much came from pending and from available ones.
CREATE FUNCTION loyalty_draw(
    the_journal bigint, the_customer bigint, wanted bigint, own bigint[],
    OUT from_pending bigint, OUT from_available bigint
) LANGUAGE sql AS $$
    WITH drawn AS (
        SELECT * FROM loyalty_shares(the_customer, wanted, own)
    ), lots AS (
        UPDATE loyalty_lot SET remaining = remaining - drawn.points FROM drawn WHERE loyalty_lot.id = drawn.id
    ), allocations AS (
        INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT the_journal, id, -points FROM drawn
    )
    SELECT coalesce(sum(points) FILTER (WHERE state = 'pending'), 0)::bigint,
        coalesce(sum(points) FILTER (WHERE state = 'active'), 0)::bigint
    FROM drawn
$$;

-- Return points to the lots that `sources` drew from, last to expire first: so what is not returned (because it was
-- used, or pays a debt) is what would have expired first.
CREATE FUNCTION loyalty_give_back(
    the_journal bigint, sources bigint[], wanted bigint, spared bigint[] DEFAULT '{}'
) RETURNS void LANGUAGE sql AS $$
    WITH taken AS (
        SELECT lot_id, -sum(points) AS points FROM loyalty_allocation
        WHERE journal_id = ANY (sources) AND lot_id <> ALL (spared) GROUP BY lot_id HAVING sum(points) < 0
    ), ordered AS (
        SELECT lot_id, taken.points,
            sum(taken.points) OVER (ORDER BY expires_at DESC NULLS FIRST, lot_id DESC) - taken.points AS before
        FROM taken JOIN loyalty_lot ON loyalty_lot.id = lot_id
    ), given AS (
        SELECT lot_id, least(points, wanted - before)::bigint AS points FROM ordered WHERE before < wanted
    ), lots AS (
        -- One that was empty when its member was to be told of it is told of now.
        UPDATE loyalty_lot SET remaining = remaining + given.points,
            notices_planned = notices_planned AND (remaining > 0 OR may_expire_at IS NOT NULL)
        FROM given WHERE loyalty_lot.id = given.lot_id
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT the_journal, lot_id, points FROM given
$$;

-- Add a lot for a journal. `paid` of its points pay a debt at once: the lot's first allocation.
CREATE FUNCTION loyalty_add_lot(
    the_journal bigint, the_customer bigint, the_points bigint, command jsonb, waits boolean, paid bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF paid = 0 THEN
        INSERT INTO loyalty_lot (customer_id, journal_id, order_id, state, points, remaining, matures_at, expires_at)
        VALUES (the_customer, the_journal, (command ->> 'order_id')::bigint, CASE WHEN waits THEN 'pending' ELSE 'active' END,
            the_points, the_points, (command ->> 'matures_at')::timestamptz, (command ->> 'expires_at')::timestamptz);
        RETURN;
    END IF;
    WITH lot AS (
        INSERT INTO loyalty_lot (customer_id, journal_id, order_id, state, points, remaining, matures_at, expires_at)
        VALUES (the_customer, the_journal, (command ->> 'order_id')::bigint, 'active', the_points, the_points - paid,
            (command ->> 'matures_at')::timestamptz, (command ->> 'expires_at')::timestamptz)
        RETURNING id
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT the_journal, id, -paid FROM lot;
END $$;

-- When a lot that expires then must have been looked at: before the first of its notices (loyalty/sql/notices.sql).
CREATE FUNCTION loyalty_look_at(expires_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT expires_at - interval '2400 hours'
$$;

-- The earliest time at which one of the member's lots matures, is looked at for its notices, or may expire.
CREATE FUNCTION loyalty_next_due(the_customer bigint) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(min(matures_at) FILTER (WHERE state = 'pending'), min(may_expire_at) FILTER (WHERE state = 'active'),
        min(loyalty_look_at(expires_at)) FILTER (WHERE state = 'active' AND NOT notices_planned))
    FROM loyalty_lot WHERE customer_id = the_customer AND remaining > 0
$$;

-- Whether the programme in force counts expiry from the last activity. A function, for its plan is kept: asking in the
-- statement itself costs four times as much, with every earning.
CREATE FUNCTION loyalty_counts_from_activity(at timestamptz) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE
    counts boolean;
BEGIN
    SELECT rules ->> 'expiry_by' = 'inactivity' INTO counts FROM loyalty_programmeversion
    WHERE in_force_from <= at ORDER BY in_force_from DESC, number DESC LIMIT 1;
    RETURN coalesce(counts, false);
END $$;
