-- All that a member has goes to another, or is written off.

-- Take a member's lots, and what the member owes. Tells the journal (none when there was nothing), and how much it was.
CREATE FUNCTION loyalty_empty(
    the_kind text, member bigint, command jsonb, at timestamptz, with_earned boolean,
    OUT journal bigint, OUT active bigint, OUT waiting bigint, OUT owed bigint, OUT ever bigint
) LANGUAGE plpgsql AS $$
BEGIN
    SELECT debt, CASE WHEN with_earned THEN earned ELSE 0 END INTO owed, ever
    FROM loyalty_balance WHERE customer_id = member;
    SELECT coalesce(sum(remaining) FILTER (WHERE state = 'active'), 0),
        coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0)
    INTO active, waiting FROM loyalty_lot WHERE customer_id = member AND remaining > 0;
    IF active = 0 AND waiting = 0 AND owed = 0 AND ever = 0 THEN
        RETURN;
    END IF;
    journal := loyalty_write_journal(the_kind, member, command, at);
    WITH before AS (
        SELECT id, remaining FROM loyalty_lot WHERE customer_id = member AND remaining > 0
    ), emptied AS (
        UPDATE loyalty_lot SET remaining = 0 FROM before WHERE loyalty_lot.id = before.id
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points) SELECT journal, id, -remaining FROM before;
    PERFORM loyalty_post(journal, member, 'adjusted', to_available => -active, to_pending => -waiting,
        to_debt => owed, to_earned => -ever, reissued => ever);
END $$;

-- Everything of one member becomes another's: a lot for each lot, of the same order and with the same times. A debt of
-- either is paid from what the other has. `journal` is the one of the member who loses; none when there was nothing.
CREATE FUNCTION loyalty_transfer(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT arrived bigint
) LANGUAGE plpgsql AS $$
DECLARE
    loser bigint := command ->> 'customer_id';
    winner bigint := command ->> 'into_id';
    taken record;
    paid bigint;
    drawn bigint;
BEGIN
    PERFORM loyalty_lock(ARRAY[loser, winner]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(loser, at);
    PERFORM loyalty_settle(winner, at);
    SELECT * INTO taken FROM loyalty_empty('transfer', loser, command, at, true);
    journal := taken.journal;
    IF journal IS NULL THEN
        is_new := false;
        RETURN;
    END IF;
    arrived := loyalty_write_journal('transfer', winner, command || jsonb_build_object('key', (command ->> 'key') || ':in'), at);
    SELECT least(debt, taken.active), least(available, taken.owed) INTO paid, drawn
    FROM loyalty_balance WHERE customer_id = winner;
    IF drawn > 0 THEN
        PERFORM loyalty_draw(arrived, winner, drawn, '{}');
    END IF;
    WITH coming AS (
        SELECT l.id, l.order_id, l.state, l.matures_at, l.expires_at, -a.points AS points,
            sum(-a.points) OVER (PARTITION BY l.state ORDER BY l.expires_at NULLS LAST, l.id) + a.points AS before
        FROM loyalty_allocation a JOIN loyalty_lot l ON l.id = a.lot_id WHERE a.journal_id = taken.journal
    ), lot AS (
        INSERT INTO loyalty_lot (customer_id, journal_id, order_id, state, points, remaining, matures_at, expires_at)
        SELECT winner, arrived, order_id, state, points,
            CASE WHEN state = 'active' THEN points - greatest(0, least(points, paid - before)) ELSE points END,
            matures_at, expires_at
        FROM coming ORDER BY id
        RETURNING id, points, remaining
    )
    INSERT INTO loyalty_allocation (journal_id, lot_id, points)
    SELECT arrived, id, remaining - points FROM lot WHERE remaining < points;
    PERFORM loyalty_post(arrived, winner, 'adjusted', to_available => taken.active - paid - drawn,
        to_pending => taken.waiting, to_debt => paid + drawn - taken.owed, to_earned => taken.ever,
        reissued => -taken.ever);
    due := loyalty_next_due(winner);
END $$;

-- What a member has is gone, and so is what the member owes.
CREATE FUNCTION loyalty_write_off(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT arrived bigint
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
BEGIN
    PERFORM loyalty_lock(ARRAY[member]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(member, at);
    SELECT taken.journal INTO journal FROM loyalty_empty('write_off', member, command, at, false) AS taken;
    is_new := journal IS NOT NULL;
END $$;
