-- Take back what one journal or order gave: from its own lots (pending, then available), then from what had expired of
-- them already (a member does not lose it twice), then from the member's other available points, and the rest is owed.
CREATE FUNCTION loyalty_take_back(
    the_journal bigint, the_customer bigint, wanted bigint, own bigint[], expired_before bigint, programme_account text,
    from_earned bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    own_left bigint;
    own_expired bigint;
    unexpired bigint;
    drawn record;
BEGIN
    SELECT coalesce(sum(remaining), 0) INTO own_left FROM loyalty_lot WHERE id = ANY (own);
    SELECT coalesce(-sum(a.points), 0) - expired_before INTO own_expired
    FROM loyalty_allocation a JOIN loyalty_journal j ON j.id = a.journal_id
    WHERE a.lot_id = ANY (own) AND j.kind = 'expire';
    unexpired := greatest(0, least(wanted - own_left, own_expired));
    SELECT * INTO drawn FROM loyalty_draw(the_journal, the_customer, wanted - unexpired, own);
    PERFORM loyalty_post(the_journal, the_customer, programme_account, to_pending => -drawn.from_pending,
        to_available => -drawn.from_available, to_debt => drawn.from_pending + drawn.from_available + unexpired - wanted,
        to_earned => -from_earned, unexpired => unexpired);
END $$;

-- A batch of claw-backs of orders, in the order given.
CREATE FUNCTION loyalty_claw_back(commands jsonb, at timestamptz, OUT journals bigint[], OUT are_new boolean[])
LANGUAGE plpgsql AS $$
DECLARE
    command jsonb;
    journal bigint;
    member bigint;
    of_order bigint;
    expired_before bigint;
BEGIN
    PERFORM loyalty_lock((SELECT array_agg((c ->> 'customer_id')::bigint) FROM jsonb_array_elements(commands) c));
    FOR command IN SELECT jsonb_array_elements(commands) LOOP
        journal := loyalty_earlier(command);
        are_new := array_append(are_new, journal IS NULL);
        IF journal IS NULL THEN
            member := command ->> 'customer_id';
            of_order := command ->> 'order_id';
            PERFORM loyalty_settle(member, at);
            SELECT coalesce(-sum(e.points), 0) INTO expired_before
            FROM loyalty_entry e JOIN loyalty_journal j ON j.id = e.journal_id
            WHERE j.order_id = of_order AND j.customer_id = member AND j.kind = 'claw_back' AND e.account = 'expired';
            journal := loyalty_write_journal('claw_back', member, command, at);
            PERFORM loyalty_take_back(journal, member, (command ->> 'points')::bigint,
                ARRAY(SELECT id FROM loyalty_lot WHERE order_id = of_order AND customer_id = member),
                expired_before, 'clawed_back', (command ->> 'points')::bigint);
        END IF;
        journals := array_append(journals, journal);
    END LOOP;
END $$;
