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

-- Undo a transfer, as far as the points are there: `sources` are the journals by which they came to the member who
-- loses now, `outs` those by which they left the other, `orders` what goes back besides. What is left of those lots goes
-- back, a lot for each lot. What paid a debt of the other side is paid back; where it is spent, it is owed.
CREATE FUNCTION loyalty_transfer_back(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT arrived bigint
) LANGUAGE plpgsql AS $$
DECLARE
    loser bigint := command ->> 'customer_id';
    winner bigint := command ->> 'into_id';
    sources bigint[] := ARRAY(SELECT jsonb_array_elements_text(command -> 'sources'));
    outs bigint[] := ARRAY(SELECT jsonb_array_elements_text(command -> 'outs'));
    orders bigint[] := ARRAY(SELECT jsonb_array_elements_text(command -> 'orders'));
    ever bigint := command ->> 'earned';
    owed bigint;    -- the winner's debt that the loser took over, and did not pay from what goes back
    paid bigint;    -- what the winner's points paid of the loser's debt
    drawn bigint;   -- what the loser's points paid of the winner's debt
    back bigint[];  -- the lots that go back
    active bigint;
    waiting bigint;
    net bigint;     -- what the loser gets for both debts; negative: gives
    settled bigint := 0;
    given bigint := 0;
    its loyalty_balance;
BEGIN
    PERFORM loyalty_lock(ARRAY[loser, winner]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(loser, at);
    PERFORM loyalty_settle(winner, at);
    SELECT coalesce(sum(points), 0) INTO owed FROM loyalty_entry WHERE journal_id = ANY (outs) AND account = 'debt';
    back := ARRAY(SELECT id FROM loyalty_lot
        WHERE customer_id = loser AND (journal_id = ANY (sources) OR order_id = ANY (orders)));
    SELECT coalesce(-sum(a.points) FILTER (WHERE l.journal_id = a.journal_id), 0),
        coalesce(-sum(a.points) FILTER (WHERE l.journal_id <> a.journal_id AND l.id <> ALL (back)), 0),
        owed + coalesce(sum(a.points) FILTER (WHERE l.journal_id <> a.journal_id AND l.id = ANY (back)), 0)
    INTO paid, drawn, owed FROM loyalty_allocation a JOIN loyalty_lot l ON l.id = a.lot_id WHERE a.journal_id = ANY (sources);
    IF owed >= paid THEN
        owed := owed - paid;
        paid := 0;
    END IF;
    SELECT coalesce(sum(remaining) FILTER (WHERE state = 'active'), 0),
        coalesce(sum(remaining) FILTER (WHERE state = 'pending'), 0)
    INTO active, waiting FROM loyalty_lot
    WHERE customer_id = loser AND remaining > 0 AND (journal_id = ANY (sources) OR order_id = ANY (orders));
    IF active = 0 AND waiting = 0 AND owed = 0 AND paid = 0 AND ever = 0 THEN
        is_new := false;
        RETURN;
    END IF;

    journal := loyalty_write_journal('transfer', loser, command, at);
    arrived := loyalty_write_journal('transfer', winner, command || jsonb_build_object('key', (command ->> 'key') || ':in'), at);
    WITH coming AS (
        SELECT l.id, l.order_id, l.state, l.matures_at, l.expires_at, l.remaining, CASE WHEN paid = 0 THEN 0 ELSE
            coalesce((SELECT -sum(a.points) FROM loyalty_allocation a
                WHERE a.lot_id = l.id AND a.journal_id = l.journal_id AND a.journal_id = ANY (sources)), 0) END AS restored
        FROM loyalty_lot l WHERE customer_id = loser AND (journal_id = ANY (sources) OR order_id = ANY (orders))
    ), emptied AS (
        UPDATE loyalty_lot SET remaining = 0 FROM coming WHERE loyalty_lot.id = coming.id AND coming.remaining > 0
    ), allocated AS (
        INSERT INTO loyalty_allocation (journal_id, lot_id, points)
        SELECT journal, id, -remaining FROM coming WHERE remaining > 0
    )
    INSERT INTO loyalty_lot (customer_id, journal_id, order_id, state, points, remaining, matures_at, expires_at)
    SELECT winner, arrived, order_id, state, remaining + restored, remaining + restored, matures_at, expires_at
    FROM coming WHERE remaining + restored > 0 ORDER BY id;

    -- The one who loses.
    SELECT * INTO its FROM loyalty_balance WHERE customer_id = loser;
    net := owed - paid;
    IF net > 0 THEN
        settled := least(its.debt, net);
        given := net - settled;
        PERFORM loyalty_give_back(journal, sources, least(given, drawn), back);
        IF given > drawn THEN
            PERFORM loyalty_add_lot(journal, loser, given - drawn, command, false, 0);
        END IF;
    ELSIF net < 0 THEN
        given := -least(its.available - active, -net);
        settled := net - given;
        IF given < 0 THEN
            PERFORM loyalty_draw(journal, loser, -given, '{}');
        END IF;
    END IF;
    PERFORM loyalty_post(journal, loser, 'adjusted', to_available => given - active, to_pending => -waiting,
        to_debt => settled, to_earned => -ever, reissued => ever);
    PERFORM loyalty_expire_of(loser, at);

    -- The one who gets it back: a debt is paid first, as always.
    SELECT * INTO its FROM loyalty_balance WHERE customer_id = winner;
    settled := least(its.debt + owed, its.available + active + paid);
    IF settled > 0 THEN
        PERFORM loyalty_draw(arrived, winner, settled, '{}');
    END IF;
    PERFORM loyalty_post(arrived, winner, 'adjusted', to_available => active + paid - settled, to_pending => waiting,
        to_debt => settled - owed, to_earned => ever, reissued => -ever);
    due := least(loyalty_next_due(winner), loyalty_next_due(loser));
END $$;
