-- No notice, no expiry: which notices a member is to get about points that will expire, and what follows once they are
-- done. `zone` is the shop's time zone: promised moments end with its days.

-- Notices go out in the morning, 14 hours before the moment that lies their days before the end of a day.
CREATE FUNCTION loyalty_notice_due(the_end timestamptz, days integer, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT (((the_end AT TIME ZONE zone) - make_interval(days => days)) AT TIME ZONE zone) - interval '14 hours'
$$;

-- The end of the day, in the shop's time zone, that lies these days after.
CREATE FUNCTION loyalty_end_of_day(since timestamptz, days integer, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT (date_trunc('day', since AT TIME ZONE zone) + make_interval(days => days + 1, secs => -1)) AT TIME ZONE zone
$$;

-- The moment that a notice given at `told_at`, so many days before, lets points go: as planned, or later when it was late.
CREATE FUNCTION loyalty_end_told(expires_at timestamptz, told_at timestamptz, days integer, zone text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN told_at + make_interval(days => days) <= expires_at THEN expires_at
        ELSE loyalty_end_of_day(told_at, days, zone) END
$$;

-- Write the notices about `most` lots that nobody has looked at yet: for each member, moment of expiry and step one.
-- A step that would lie before the points were there is left out, but the last one always stands. When the first step
-- is late, all of them, and with them the end, move to later. A member who was told before, and to whom points have
-- returned since or been added, is told once more.
CREATE FUNCTION loyalty_plan_notices(at timestamptz, zone text, steps integer[], most integer) RETURNS bigint
LANGUAGE sql AS $$
    WITH member AS MATERIALIZED (
        SELECT customer_id FROM loyalty_balance
        WHERE customer_id = ANY (ARRAY(
            SELECT customer_id FROM loyalty_lot
            WHERE state = 'active' AND remaining > 0 AND NOT notices_planned AND expires_at IS NOT NULL
                AND loyalty_look_at(expires_at) <= at
            ORDER BY expires_at LIMIT most
        ))
        ORDER BY customer_id FOR UPDATE SKIP LOCKED
    ), lot AS MATERIALIZED (
        -- Member by member, or the planner reads all that is near its end for every batch.
        SELECT own.* FROM member, LATERAL (
            SELECT id, customer_id, expires_at, journal_id, remaining FROM loyalty_lot l
            WHERE l.customer_id = member.customer_id AND state = 'active' AND remaining > 0
                AND NOT notices_planned AND loyalty_look_at(expires_at) <= at OFFSET 0
        ) own
    ), looked_at AS (
        UPDATE loyalty_lot SET notices_planned = true WHERE id = ANY (ARRAY(SELECT id FROM lot))
    ), together AS (
        SELECT lot.customer_id, lot.expires_at, min(j.recorded_at) AS since, sum(lot.remaining)::bigint AS points
        FROM lot JOIN loyalty_journal j ON j.id = lot.journal_id GROUP BY 1, 2
    ), step AS (
        SELECT together.*, days, days = (SELECT min(d) FROM unnest(steps) d) AS is_last
        FROM together, unnest(steps) AS days
    ), wanted AS (
        SELECT * FROM step
        WHERE is_last OR (loyalty_notice_due(expires_at, days, zone) >= since AND NOT EXISTS (
            SELECT FROM loyalty_notice n
            WHERE (n.customer_id, n.expires_at, n.days_before) = (step.customer_id, step.expires_at, step.days)
        ))
    ), ending AS (
        SELECT wanted.*, CASE
            WHEN expires_at - make_interval(days => max(days) OVER same) >= at THEN expires_at
            ELSE greatest(expires_at, loyalty_end_of_day(at, max(days) OVER same, zone))
        END AS the_end
        FROM wanted WINDOW same AS (PARTITION BY customer_id, expires_at)
    ), written AS (
        INSERT INTO loyalty_notice AS n (customer_id, expires_at, days_before, points, state, due_at, attempts, proof)
        SELECT customer_id, expires_at, days, points, 'due', loyalty_notice_due(the_end, days, zone), 0, '{}'
        FROM ending ORDER BY customer_id, expires_at, days
        ON CONFLICT (customer_id, expires_at, days_before) DO UPDATE
        SET state = 'due', due_at = excluded.due_at, attempts = 0, settled_at = NULL,
            proof = jsonb_build_object('before', n.proof || jsonb_build_object('state', n.state, 'at', n.settled_at))
        WHERE n.due_at IS NULL
    )
    SELECT count(*) FROM lot
$$;

-- Notices are done: note how it ended, and set when the points may go where all notices about them are. `ended` is a
-- list of {id, state, points, proof}. What somebody else settled meanwhile stays as it is. Answers those settled.
CREATE FUNCTION loyalty_settle_notices(ended jsonb, at timestamptz, zone text) RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE
    settled bigint[];
BEGIN
    PERFORM FROM loyalty_balance WHERE customer_id IN (
        SELECT customer_id FROM loyalty_notice
        WHERE id = ANY (ARRAY(SELECT (e ->> 'id')::bigint FROM jsonb_array_elements(ended) e))
    ) ORDER BY customer_id FOR UPDATE;
    WITH done AS (
        UPDATE loyalty_notice n SET state = e.state, points = e.points, proof = n.proof || e.proof, settled_at = at,
            due_at = NULL
        FROM jsonb_to_recordset(ended) AS e (id bigint, state text, points bigint, proof jsonb)
        WHERE n.id = e.id AND n.due_at IS NOT NULL
        RETURNING n.id
    )
    SELECT array_agg(id) INTO settled FROM done;
    PERFORM loyalty_promise(settled, at, zone);
    RETURN QUERY SELECT unnest(settled);
END $$;

-- Of the members and moments that these notices were about: when all their notices are done, the lots that were told of
-- may go, at the moment that the last of them promised. What was not there to be told of is looked at again when points
-- return to it (loyalty_give_back).
CREATE FUNCTION loyalty_promise(notices bigint[], at timestamptz, zone text) RETURNS void LANGUAGE sql AS $$
    WITH about AS MATERIALIZED (
        SELECT DISTINCT customer_id, expires_at FROM loyalty_notice WHERE id = ANY (notices)
    ), done AS MATERIALIZED (
        SELECT n.customer_id, n.expires_at,
            max(loyalty_end_told(n.expires_at, n.settled_at, n.days_before, zone))
                FILTER (WHERE n.state <> 'needless') AS the_end,
            bool_or(n.state <> 'needless' AND n.id = ANY (notices)) AS was_told
        FROM about JOIN loyalty_notice n USING (customer_id, expires_at)
        GROUP BY n.customer_id, n.expires_at HAVING bool_and(n.due_at IS NULL)
    )
    UPDATE loyalty_lot l SET may_expire_at = CASE WHEN was_told THEN the_end END, notices_planned = was_told
    FROM done
    WHERE l.customer_id = done.customer_id AND l.customer_id = ANY (ARRAY(SELECT customer_id FROM done))
        AND l.expires_at = done.expires_at AND l.remaining > 0 AND l.may_expire_at IS NULL AND l.notices_planned
$$;

-- Take notices whose time has come: those that need no mail are told apart from those that do, of which at most `mails`
-- are claimed, so that nobody else sends them before `again`. What somebody is busy with is left for the next time.
CREATE FUNCTION loyalty_claim_notices(
    at timestamptz, again timestamptz, zone text, most integer, mails integer
) RETURNS TABLE (
    id bigint, customer_id bigint, expires_at timestamptz, days_before integer, points bigint, address text,
    language text, the_end timestamptz, attempts integer
) LANGUAGE sql AS $$
    WITH due AS MATERIALIZED (
        SELECT n.* FROM loyalty_notice n JOIN loyalty_balance b ON b.customer_id = n.customer_id
        WHERE n.due_at <= at ORDER BY n.due_at, n.id LIMIT most FOR UPDATE OF n, b SKIP LOCKED
    ), about AS (
        SELECT due.*, c.language, coalesce((
            SELECT sum(l.remaining) FROM loyalty_lot l
            WHERE l.customer_id = due.customer_id AND l.expires_at = due.expires_at AND l.remaining > 0
                AND l.state = 'active' AND l.may_expire_at IS NULL
        ), 0)::bigint AS to_go, CASE WHEN c.erased_at IS NULL THEN coalesce((
            SELECT i.value FROM customers_identity i WHERE i.customer_id = c.id AND i.kind = 'email'
            ORDER BY i.proven_at DESC LIMIT 1
        ), c.email) ELSE '' END AS address
        FROM due JOIN customers_customer c ON c.id = due.customer_id
    ), numbered AS (
        SELECT about.*, row_number() OVER (PARTITION BY to_go > 0 AND address <> '' ORDER BY due_at, about.id) AS place
        FROM about
    ), taken AS (
        SELECT * FROM numbered WHERE place <= mails OR to_go = 0 OR address = ''
    ), claimed AS (
        UPDATE loyalty_notice n SET attempts = n.attempts + 1, due_at = again FROM taken
        WHERE n.id = taken.id AND taken.to_go > 0 AND taken.address <> ''
    )
    SELECT taken.id, taken.customer_id, taken.expires_at, taken.days_before::integer, to_go, address, language,
        (SELECT greatest(loyalty_end_told(taken.expires_at, at, taken.days_before, zone),
            max(loyalty_end_told(n.expires_at, n.settled_at, n.days_before, zone))) FROM loyalty_notice n
         WHERE n.customer_id = taken.customer_id AND n.expires_at = taken.expires_at AND n.state <> 'needless'),
        taken.attempts + 1
    FROM taken ORDER BY taken.id
$$;
