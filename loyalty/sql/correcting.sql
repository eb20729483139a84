-- Adjust and reverse: people correcting the books, by more rows.

CREATE FUNCTION loyalty_adjust(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
    change bigint := command ->> 'points';
    paid bigint := 0;
BEGIN
    PERFORM loyalty_lock(ARRAY[member]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    IF NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(member, at);
    IF -change > (SELECT available FROM loyalty_balance WHERE customer_id = member) THEN
        problem := 'not_enough_points';
        RETURN;
    END IF;
    journal := loyalty_write_journal('adjust', member, command, at);
    IF change > 0 THEN
        SELECT least(debt, change) INTO paid FROM loyalty_balance WHERE customer_id = member;
        PERFORM loyalty_add_lot(journal, member, change, command, false, paid);
    ELSE
        PERFORM loyalty_draw(journal, member, -change, '{}');
    END IF;
    PERFORM loyalty_post(journal, member, 'adjusted', to_available => change - paid, to_debt => paid);
    PERFORM loyalty_expire_of(member, at);
    due := loyalty_next_due(member);
END $$;

-- Undo an adjustment, a capture, or an earning that no order made.
CREATE FUNCTION loyalty_reverse(
    command jsonb, at timestamptz, OUT journal bigint, OUT is_new boolean, OUT due timestamptz, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    undone loyalty_journal;
    other_side loyalty_entry;
    sources bigint[];
    paid bigint;
BEGIN
    SELECT * INTO undone FROM loyalty_journal WHERE id = (command ->> 'resolves_id')::bigint;
    IF NOT FOUND THEN
        problem := 'unknown_journal';
        RETURN;
    END IF;
    PERFORM loyalty_lock(ARRAY[undone.customer_id]);
    journal := loyalty_earlier(command);
    is_new := journal IS NULL;
    problem := CASE
        WHEN NOT is_new THEN NULL
        WHEN EXISTS (SELECT FROM loyalty_journal WHERE resolves_id = undone.id) THEN 'already_resolved'
        WHEN undone.kind NOT IN ('adjust', 'capture', 'earn') THEN 'not_reversible'
        WHEN undone.kind = 'earn' AND undone.order_id IS NOT NULL THEN 'not_reversible'
    END;
    IF problem IS NOT NULL OR NOT is_new THEN
        RETURN;
    END IF;
    PERFORM loyalty_settle(undone.customer_id, at);
    journal := loyalty_write_journal('reverse', undone.customer_id, command, at, undone.id);
    SELECT * INTO other_side FROM loyalty_entry WHERE journal_id = undone.id AND customer_id IS NULL;
    IF other_side.points < 0 THEN
        PERFORM loyalty_take_back(journal, undone.customer_id, -other_side.points,
            ARRAY(SELECT id FROM loyalty_lot WHERE journal_id = undone.id), 0, other_side.account,
            CASE undone.kind WHEN 'earn' THEN -other_side.points ELSE 0 END);
    ELSE
        sources := ARRAY[undone.id] || CASE WHEN undone.kind = 'capture' THEN ARRAY[undone.resolves_id] END;
        SELECT least(debt, other_side.points) INTO paid FROM loyalty_balance WHERE customer_id = undone.customer_id;
        PERFORM loyalty_give_back(journal, sources, other_side.points - paid);
        PERFORM loyalty_post(journal, undone.customer_id, other_side.account,
            to_available => other_side.points - paid, to_debt => paid);
    END IF;
    PERFORM loyalty_expire_of(undone.customer_id, at);
    due := loyalty_next_due(undone.customer_id);
END $$;
