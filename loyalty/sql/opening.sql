-- Balances that members bring from elsewhere: adjustments in bulk, one command for each member.

-- Members without any history, in one statement: nothing to settle, no debt to pay, nothing to draw from.
CREATE FUNCTION loyalty_open_fresh(commands jsonb, fresh bigint[], at timestamptz) RETURNS void LANGUAGE sql AS $$
    WITH command AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(commands) AS command (
            customer_id bigint, points bigint, key text, fingerprint text, expires_at timestamptz, reason text,
            actor_kind text, actor_id bigint, actor_name text
        ) WHERE customer_id = ANY (fresh) AND points > 0
    ), journal AS (
        INSERT INTO loyalty_journal (kind, customer_id, key, fingerprint, actor_kind, actor_id, actor_name, reason,
            arithmetic, effective_at, recorded_at)
        SELECT 'adjust', customer_id, key, fingerprint, actor_kind, actor_id, actor_name, reason, '{}', at, at
        FROM command ORDER BY customer_id
        RETURNING id, customer_id
    ), posted AS (
        SELECT journal.id AS journal_id, command.* FROM journal JOIN command USING (customer_id)
    ), entries AS (
        INSERT INTO loyalty_entry (journal_id, account, customer_id, points, balance_after, version)
        SELECT journal_id, 'adjusted', NULL, -points, NULL, NULL FROM posted
        UNION ALL
        SELECT journal_id, 'available', customer_id, points, points, 1 FROM posted
    ), lot AS (
        INSERT INTO loyalty_lot (customer_id, journal_id, state, points, remaining, expires_at)
        SELECT customer_id, journal_id, 'active', points, points, expires_at FROM posted
    )
    UPDATE loyalty_balance b SET available = posted.points, version = 1
    FROM posted WHERE b.customer_id = posted.customer_id AND b.customer_id = ANY (fresh)
$$;

-- Each command's journal (null: there was nothing to move) and what it moved, in their order. `to_set`: the points are
-- what is to be available afterwards, else what is added. `due`: when the first of these points are looked at for their expiry.
CREATE FUNCTION loyalty_open(
    commands jsonb, to_set boolean, at timestamptz, OUT journals bigint[], OUT moved bigint[], OUT due timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    members bigint[] := ARRAY(SELECT (c ->> 'customer_id')::bigint FROM jsonb_array_elements(commands) c);
    fresh bigint[];
    command jsonb;
    balance loyalty_balance;
    change bigint;
    posted record;
BEGIN
    PERFORM loyalty_lock(members);
    fresh := ARRAY(SELECT customer_id FROM loyalty_balance WHERE customer_id = ANY (members) AND version = 0);
    PERFORM loyalty_open_fresh(commands, fresh, at);
    SELECT min(loyalty_look_at((c ->> 'expires_at')::timestamptz)) INTO due FROM jsonb_array_elements(commands) c;
    -- What was just written is found by its member: a fresh one has no other journal of any kind.
    SELECT array_agg(j.id ORDER BY place), array_agg((CASE WHEN j.id IS NULL THEN 0 ELSE (c ->> 'points')::bigint END) ORDER BY place)
    INTO journals, moved
    FROM jsonb_array_elements(commands) WITH ORDINALITY AS command (c, place)
    LEFT JOIN loyalty_journal j ON j.customer_id = (c ->> 'customer_id')::bigint AND j.customer_id = ANY (fresh);
    FOR i IN 1 .. cardinality(members) LOOP
        CONTINUE WHEN members[i] = ANY (fresh);
        command := commands -> (i - 1);
        journals[i] := loyalty_earlier(command);
        CONTINUE WHEN journals[i] IS NOT NULL;
        PERFORM loyalty_settle(members[i], at);
        SELECT * INTO balance FROM loyalty_balance WHERE customer_id = members[i];
        change := (command ->> 'points')::bigint - CASE WHEN to_set THEN balance.available - balance.debt ELSE 0 END;
        CONTINUE WHEN change = 0;
        SELECT * INTO posted FROM loyalty_adjust(command || jsonb_build_object('points', change), at);
        journals[i] := posted.journal;
        moved[i] := change;
    END LOOP;
END $$;

-- Undo them in bulk: each command's journal, or why not. One that was undone before stays as it is.
CREATE FUNCTION loyalty_reverse_all(
    commands jsonb, at timestamptz, OUT journals bigint[], OUT problems text[], OUT due timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
    one jsonb;
    posted record;
BEGIN
    PERFORM loyalty_lock(ARRAY(
        SELECT DISTINCT customer_id FROM loyalty_journal
        WHERE id IN (SELECT (c ->> 'resolves_id')::bigint FROM jsonb_array_elements(commands) c)
    ));
    FOR one IN SELECT jsonb_array_elements(commands) LOOP
        SELECT * INTO posted FROM loyalty_reverse(one, at);
        journals := array_append(journals, posted.journal);
        problems := array_append(problems, posted.problem);
        due := least(due, posted.due);
    END LOOP;
END $$;
