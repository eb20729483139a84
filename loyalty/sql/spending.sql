-- Hold, capture, void: points set aside for a reward, then used or returned. Each answers its journal, whether it was
-- written just now, when the member's lots are next due, and a problem instead when it refuses.

CREATE FUNCTION loyalty_hold(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
    wanted bigint := command ->> 'points';
BEGIN
    PERFORM loyalty_lock(ARRAY[member]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(member, at);
    IF wanted > (SELECT available FROM loyalty_balance WHERE customer_id = member) THEN
        problem := 'not_enough_points';
        RETURN;
    END IF;
    journal := loyalty_write_journal('hold', member, command, at);
    PERFORM loyalty_draw(journal, member, wanted, '{}');
    PERFORM loyalty_post(journal, member, 'redeemed', to_available => -wanted, to_held => wanted);
    due := loyalty_next_due(member);
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
