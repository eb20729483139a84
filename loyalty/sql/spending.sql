-- Hold, capture, void: points set aside for a reward, then used or returned. Each answers its journal, whether it was
-- written just now, when the member's lots are next due, and a problem instead when it refuses.

CREATE FUNCTION loyalty_hold(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM loyalty_lock(ARRAY[(command ->> 'customer_id')::bigint]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF is_new THEN
        SELECT held.journal, held.due, held.problem INTO journal, due, problem FROM loyalty_set_aside(command, at) AS held;
    END IF;
END $$;

-- A hold, of a member who is locked and under a key that is new. One statement writes it all: in steps, as the other
-- verbs do it, it takes half as long again, and it is the one that people wait for at a counter.
CREATE FUNCTION loyalty_set_aside(
    command jsonb, at timestamptz, OUT journal bigint, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
    wanted bigint := command ->> 'points';
BEGIN
    IF loyalty_is_unsettled(member, at) THEN
        PERFORM loyalty_settle(member, at);
        due := loyalty_next_due(member);
    END IF;
    IF wanted > (SELECT available FROM loyalty_balance WHERE customer_id = member) THEN
        problem := 'not_enough_points';
        RETURN;
    END IF;
    WITH written AS (
        INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_id, actor_name, order_id,
            reason, arithmetic, effective_at, recorded_at)
        VALUES ('hold', member, command ->> 'key', command ->> 'fingerprint', command ->> 'actor_kind',
            (command ->> 'actor_id')::bigint, command ->> 'actor_name', (command ->> 'order_id')::bigint,
            command ->> 'reason', '{}', at, at)
        RETURNING id
    ), drawn AS (
        SELECT * FROM loyalty_shares(member, wanted, '{}')
    ), lots AS (
        UPDATE loyalty_lot SET remaining = remaining - drawn.points FROM drawn WHERE loyalty_lot.id = drawn.id
    ), allocations AS (
        INSERT INTO loyalty_allocation (journal_id, lot_id, points)
        SELECT written.id, drawn.id, -drawn.points FROM written, drawn
    ), balance AS (
        UPDATE loyalty_balance SET available = available - wanted, held = held + wanted, version = version + 2
        WHERE customer_id = member RETURNING available, held, version
    ), entries AS (
        INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
        SELECT id, account, member, points, after, entry.version
        FROM written, balance, LATERAL (VALUES
            ('held', wanted, balance.held, balance.version - 1),
            ('available', -wanted, balance.available, balance.version)
        ) AS entry (account, points, after, version)
    )
    SELECT id INTO journal FROM written;
END $$;

-- `points` used of the hold, 0 for a void, all of it when not given; the rest returns.
CREATE FUNCTION loyalty_resolve(
    the_kind text, command jsonb, at timestamptz,
    OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    hold bigint := command ->> 'resolves_id';
    member bigint;
    set_aside bigint;
    rest bigint;
    paid bigint;
BEGIN
    SELECT j.customer_id, e.points INTO member, set_aside
    FROM loyalty_journal j JOIN loyalty_entry e ON e.journal_id = j.id AND e.account = 'held'
    WHERE j.id = hold AND j.kind = 'hold';
    IF NOT FOUND THEN
        problem := 'unknown_journal';
        RETURN;
    END IF;
    PERFORM loyalty_lock(ARRAY[member]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    rest := set_aside - coalesce((command ->> 'points')::bigint, set_aside);
    problem := CASE
        WHEN NOT is_new THEN NULL
        WHEN EXISTS (SELECT FROM loyalty_journal WHERE resolves_id = hold) THEN 'already_resolved'
        WHEN rest < 0 THEN 'not_enough_points'
    END;
    IF problem IS NOT NULL OR NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(member, at);
    SELECT least(debt, rest) INTO paid FROM loyalty_balance WHERE customer_id = member;
    journal := loyalty_write_journal(the_kind, member, command, at, hold);
    PERFORM loyalty_give_back(journal, ARRAY[hold], rest - paid);
    PERFORM loyalty_post(journal, member, 'redeemed', to_held => -set_aside, to_available => rest - paid, to_debt => paid);
    PERFORM loyalty_expire_of(member, at);
    due := loyalty_next_due(member);
END $$;
