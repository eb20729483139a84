-- Taking a reward in one round trip: the points held, the redemption, its event, its alarm. `command` is the hold's (no
-- points: nothing is held), `taking` the redemption's row. Answers the redemption that there is under its key, whether
-- it is new, and a problem instead when it refuses. Whether the member may have the reward was asked before.

CREATE FUNCTION loyalty_redeem(
    command jsonb, taking jsonb, at timestamptz,
    OUT redemption bigint, OUT hold bigint, OUT is_new boolean, OUT problem text
) LANGUAGE plpgsql AS $$
DECLARE
    member bigint := command ->> 'customer_id';
    price bigint := command ->> 'points';
    earlier record;
    due timestamptz;
BEGIN
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
        SELECT held.journal, held.due, held.problem INTO hold, due, problem FROM loyalty_hold(command, at) AS held;
        IF problem IS NOT NULL THEN
            RETURN;
        END IF;
        IF due IS NOT NULL THEN
            PERFORM public.ring_alarm(current_schema(), 'lots', due);
        END IF;
    END IF;
    INSERT INTO loyalty_redemption (customer_id, reward, terms, points, value_minor, currency, origin, hold_id, code, key,
        state, store, at_store, external_id, problem, attempts, due_at, used_by, created_at, valid_until)
    VALUES (member, taking ->> 'reward', taking -> 'terms', price, (taking ->> 'value_minor')::bigint,
        taking ->> 'currency', taking ->> 'origin', hold, taking ->> 'code', taking ->> 'key', 'ready',
        taking ->> 'store', taking ->> 'at_store', '', '', 0, (taking ->> 'due_at')::timestamptz, '', at,
        (taking ->> 'valid_until')::timestamptz)
    RETURNING id INTO redemption;
    INSERT INTO customers_event (kind, customer_id, subject_id, data, at, recorded_at)
    VALUES ('reward.redeemed', member, redemption, taking -> 'told', at, at);
END $$;
