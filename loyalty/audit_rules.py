"""The rules of the ledger as questions in SQL: each answers one text for every row that breaks it."""

from __future__ import annotations

# Which accounts a journal of each kind may touch.
TEMPLATES = {
    "earn": "issued pending available debt",
    "mature": "pending available debt",
    "claw_back": "clawed_back expired pending available debt",
    "adjust": "adjusted available debt",
    "expire": "expired available",
    "hold": "available held",
    "capture": "held redeemed available debt",
    "void": "held available debt",
    "reverse": "issued adjusted redeemed expired pending available debt",
    "transfer": "adjusted issued pending available debt",
    "write_off": "adjusted pending available debt",
}
TEMPLATE_ROWS = ", ".join(f"('{kind}', '{account}')" for kind, row in TEMPLATES.items() for account in row.split())

RULES = {
    "a journal's entries sum to zero": """
        SELECT format('journal %s: %s', journal_id, sum(points)) FROM loyalty_entry
        GROUP BY journal_id HAVING sum(points) <> 0""",
    "a journal has at least two entries": """
        SELECT format('journal %s', j.id) FROM loyalty_journal j
        WHERE (SELECT count(*) FROM loyalty_entry e WHERE e.journal_id = j.id) < 2""",
    "a journal touches only the accounts of its kind": f"""
        SELECT format('journal %s: %s on %s', j.id, j.kind, e.account)
        FROM loyalty_entry e JOIN loyalty_journal j ON j.id = e.journal_id
        WHERE (j.kind, e.account) NOT IN ({TEMPLATE_ROWS})""",  # noqa: S608  our own text
    "a journal concerns one member": """
        SELECT format('entry %s', e.id) FROM loyalty_entry e JOIN loyalty_journal j ON j.id = e.journal_id
        WHERE e.customer_id <> j.customer_id""",
    "a balance is the sum of its entries": """
        SELECT format('member %s', customer_id)
        FROM loyalty_balance b FULL JOIN (
            SELECT customer_id, sum(points) FILTER (WHERE account = 'available') AS available,
                sum(points) FILTER (WHERE account = 'pending') AS pending,
                sum(points) FILTER (WHERE account = 'held') AS held,
                sum(points) FILTER (WHERE account = 'debt') AS debt, count(*) AS version
            FROM loyalty_entry WHERE customer_id IS NOT NULL GROUP BY customer_id
        ) e USING (customer_id)
        WHERE (b.available, b.pending, b.held, -b.debt, b.version) IS DISTINCT FROM (coalesce(e.available, 0),
            coalesce(e.pending, 0), coalesce(e.held, 0), coalesce(e.debt, 0), coalesce(e.version, 0))""",
    "what a member earned is what was issued less what was clawed back": """
        SELECT format('member %s', b.customer_id) FROM loyalty_balance b WHERE b.earned <> (
            SELECT coalesce(-sum(e.points), 0) FROM loyalty_journal j JOIN loyalty_entry e ON e.journal_id = j.id
            WHERE j.customer_id = b.customer_id AND e.account IN ('issued', 'clawed_back'))""",
    "a balance is what its lots have left": """
        SELECT format('member %s', b.customer_id) FROM loyalty_balance b LEFT JOIN (
            SELECT customer_id, sum(remaining) FILTER (WHERE state = 'active') AS active,
                sum(remaining) FILTER (WHERE state = 'pending') AS pending
            FROM loyalty_lot GROUP BY customer_id
        ) l USING (customer_id)
        WHERE b.available <> coalesce(l.active, 0) OR b.pending <> coalesce(l.pending, 0)""",
    "what is left of a lot is what came less what was drawn": """
        SELECT format('lot %s', l.id) FROM loyalty_lot l
        WHERE l.remaining <> l.points + coalesce(
            (SELECT sum(points) FROM loyalty_allocation a WHERE a.lot_id = l.id), 0)""",
    "lots move as the journal's entries do": """
        SELECT format('journal %s', j.id) FROM loyalty_journal j
        WHERE coalesce((SELECT sum(points) FROM loyalty_lot WHERE journal_id = j.id), 0)
            + coalesce((SELECT sum(points) FROM loyalty_allocation WHERE journal_id = j.id), 0)
            <> coalesce((SELECT sum(points) FROM loyalty_entry
                WHERE journal_id = j.id AND account IN ('available', 'pending')), 0)""",
    "points go only after notices, and no sooner than these said": """
        SELECT format('lot %s', l.id) FROM loyalty_lot l
        JOIN customers_customer c ON c.id = l.customer_id AND c.erased_at IS NULL  -- their proofs were erased as well
        WHERE l.may_expire_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM loyalty_notice n CROSS JOIN LATERAL (
                SELECT n.state, n.settled_at AS at UNION ALL
                -- A member who is told again, of other points of that day, keeps the proof of what was told before.
                SELECT before ->> 'state', (before ->> 'at')::timestamptz
                FROM jsonb_path_query(n.proof, '$.**.before') before
            ) told
            WHERE n.customer_id = l.customer_id AND n.expires_at = l.expires_at
                AND told.state IN ('sent', 'attempted', 'unreachable')
                AND told.at + make_interval(days => n.days_before) <= l.may_expire_at)""",
    "points that expired had been promised to go": """
        SELECT format('journal %s', j.id) FROM loyalty_journal j
        JOIN loyalty_allocation a ON a.journal_id = j.id JOIN loyalty_lot l ON l.id = a.lot_id
        WHERE j.kind = 'expire' AND coalesce(l.may_expire_at, 'infinity') > j.recorded_at""",
    "an allocation draws from its member's lot": """
        SELECT format('allocation %s', a.id) FROM loyalty_allocation a
        JOIN loyalty_lot l ON l.id = a.lot_id JOIN loyalty_journal j ON j.id = a.journal_id
        WHERE l.customer_id <> j.customer_id""",
    "a member's entries are numbered without a gap": """
        SELECT format('member %s, version %s', customer_id, version) FROM (
            SELECT customer_id, version, row_number() OVER (PARTITION BY customer_id ORDER BY version) AS place
            FROM loyalty_entry WHERE customer_id IS NOT NULL
        ) e WHERE version <> place""",
    "an entry carries the running balance": """
        SELECT format('member %s, version %s', customer_id, version) FROM (
            SELECT customer_id, version, balance_after,
                sum(points) OVER (PARTITION BY customer_id, account ORDER BY version) AS running
            FROM loyalty_entry WHERE customer_id IS NOT NULL
        ) e WHERE balance_after <> running""",
    "only holds are captured or voided, and only what is undone is reversed": """
        SELECT format('journal %s', r.id) FROM loyalty_journal r LEFT JOIN loyalty_journal j ON j.id = r.resolves_id
        WHERE (r.kind IN ('capture', 'void', 'reverse')) <> (j.id IS NOT NULL)
            OR (r.kind IN ('capture', 'void') AND j.kind <> 'hold')
            OR (r.kind = 'reverse' AND j.kind NOT IN ('adjust', 'capture', 'earn'))
            OR j.customer_id <> r.customer_id""",
    "a resolution empties its hold and uses no more": """
        SELECT format('journal %s', r.id) FROM loyalty_journal r
        JOIN loyalty_entry released ON released.journal_id = r.id AND released.account = 'held'
        JOIN loyalty_entry held ON held.journal_id = r.resolves_id AND held.account = 'held'
        WHERE r.kind IN ('capture', 'void') AND (released.points <> -held.points OR held.points < coalesce(
            (SELECT points FROM loyalty_entry WHERE journal_id = r.id AND account = 'redeemed'), 0))""",
    "what is held is the holds that stand": """
        SELECT format('member %s', b.customer_id) FROM loyalty_balance b WHERE b.held <> (
            SELECT coalesce(sum(e.points), 0) FROM loyalty_journal j
            JOIN loyalty_entry e ON e.journal_id = j.id AND e.account = 'held'
            WHERE j.customer_id = b.customer_id AND j.kind = 'hold'
                AND NOT EXISTS (SELECT FROM loyalty_journal r WHERE r.resolves_id = j.id))""",
    "an order's account is the sum of its journals": """
        SELECT format('order %s', o.order_id) FROM loyalty_orderearning o WHERE (o.posted, o.postings) <> (
            SELECT coalesce(-sum(e.points), 0), count(DISTINCT j.id) FROM loyalty_journal j
            JOIN loyalty_entry e ON e.journal_id = j.id
                AND (e.account IN ('issued', 'clawed_back'))
            WHERE j.order_id = o.order_id AND j.kind IN ('earn', 'claw_back'))""",
    # Ready: set aside still. Used: captured. Cancelled or lapsed: returned. Returned: captured, and that undone.
    "a redemption's points are where its state says": """
        SELECT format('redemption %s: %s', r.id, r.state) FROM loyalty_redemption r
        LEFT JOIN loyalty_entry held ON held.journal_id = r.hold_id AND held.account = 'held'
        LEFT JOIN loyalty_journal resolved ON resolved.resolves_id = r.hold_id
        LEFT JOIN loyalty_journal undone ON undone.resolves_id = resolved.id
        WHERE (r.points > 0) <> (r.hold_id IS NOT NULL) OR coalesce(held.points, 0) <> r.points
            OR r.points > 0 AND (coalesce(resolved.kind, '') || coalesce('+' || undone.kind, '')) <> CASE r.state
                WHEN 'ready' THEN '' WHEN 'used' THEN 'capture' WHEN 'returned' THEN 'capture+reverse'
                ELSE 'void' END""",
    "points that a redemption set aside have one that is ready": """
        SELECT format('journal %s', j.id) FROM loyalty_journal j
        WHERE j.kind = 'hold' AND j.key LIKE 'reward:%'
            AND NOT EXISTS (SELECT FROM loyalty_journal done WHERE done.resolves_id = j.id)
            AND NOT EXISTS (SELECT FROM loyalty_redemption r WHERE r.hold_id = j.id AND r.state = 'ready')""",
    "a card of stamps stands at the sum of its changes": """
        SELECT format('stamp %s', id) FROM (
            SELECT id, after, sum(change) OVER (PARTITION BY customer_id, card ORDER BY id) AS running
            FROM loyalty_stamp
        ) s WHERE after <> running""",
    "who was merged or erased is on no tier": """
        SELECT format('member %s', c.id) FROM loyalty_balance b JOIN customers_customer c ON c.id = b.customer_id
        WHERE b.tier <> '' AND (c.merged_into_id IS NOT NULL OR c.erased_at IS NOT NULL)""",
    "a tier has a beginning": """
        SELECT format('member %s', customer_id) FROM loyalty_balance WHERE (tier = '') <> (tier_since IS NULL)""",
}
