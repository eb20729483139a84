-- Taking a reward in one round trip: the points held, the redemption, its event, its alarms. `command` is the hold's (no
-- points: nothing is held), `taking` the redemption's row. Answers the redemption that there is under its key, whether
-- it is new, and a problem instead when it refuses. Whether the member may have the reward was asked before.
-- `rules` in `taking` is the digest of the rules by which that was decided from memory: then nothing is written, and the
-- problem is not_at_once, unless they are the rules in force and nobody hears of it (DIGEST in loyalty/terms_in_force.py).

CREATE FUNCTION loyalty_redeem(
    command jsonb, taking jsonb, at timestamptz, heard boolean,
    OUT redemption bigint, OUT hold bigint, OUT is_new boolean, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
    price bigint := command ->> 'points';
    earlier record;
    due timestamptz;
BEGIN
    IF taking ? 'rules' AND (heard OR taking ->> 'rules' IS DISTINCT FROM (
        SELECT md5(rules::text) FROM loyalty_programmeversion WHERE in_force_from <= at
        ORDER BY in_force_from DESC, number DESC LIMIT 1
    )) THEN
        problem := 'not_at_once';
        RETURN;
    END IF;
    PERFORM loyalty_lock(ARRAY[member]);
    SELECT id, customer_id, reward, hold_id INTO earlier FROM loyalty_redemption WHERE key = taking ->> 'key';
    is_new := NOT FOUND;
    IF NOT is_new THEN
        redemption := earlier.id;
        hold := earlier.hold_id;
        IF (earlier.customer_id, earlier.reward) <> (member, taking ->> 'reward') THEN
            problem := 'key_reused';
        END IF;
        RETURN;
    END IF;
    IF price > 0 THEN
        SELECT held.journal, held.due, held.problem INTO hold, due, problem FROM loyalty_set_aside(command, at) AS held;
        IF problem IS NOT NULL THEN
            RETURN;
        END IF;
        IF due IS NOT NULL THEN
            PERFORM public.ring_alarm(current_schema(), 'lots', due);
        END IF;
    END IF;
    WITH written AS (
        INSERT INTO loyalty_redemption (customer_id, reward, terms, points, value_minor, currency, origin, hold_id, code,
            key, state, store, at_store, external_id, problem, attempts, due_at, used_by, created_at, valid_until)
        VALUES (member, taking ->> 'reward', taking -> 'terms', price, (taking ->> 'value_minor')::bigint,
            taking ->> 'currency', taking ->> 'origin', hold, taking ->> 'code', taking ->> 'key', 'ready',
            taking ->> 'store', taking ->> 'at_store', '', '', 0, (taking ->> 'due_at')::timestamptz, '', at,
            (taking ->> 'valid_until')::timestamptz)
        RETURNING id
    ), event AS (
        INSERT INTO customers_event (kind, customer_id, subject_id, data, at, recorded_at)
        SELECT 'reward.redeemed', member, id, taking -> 'told', at, at FROM written
    )
    SELECT id INTO redemption FROM written;
    IF taking ->> 'at_store' = 'none' THEN  -- else a store is to be asked at once: who calls rings
        PERFORM public.ring_alarm(current_schema(), 'redemptions', (taking ->> 'due_at')::timestamptz);
    END IF;
END $$;
