-- What these members have bought, counted afresh from their orders, and when they last did. Locks them; makes balances that
-- are missing. Money in minor units of the shop's currency. Each member's orders are walked by their index.
CREATE FUNCTION loyalty_count_orders(members bigint[], the_currency text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM loyalty_lock(members);
    UPDATE loyalty_balance b
    SET spent = bought.spent, orders = bought.orders, seen_at = greatest(b.seen_at, bought.last)
    FROM unnest(members) AS member, LATERAL (
        SELECT coalesce(sum(o.total - o.refunded) FILTER (WHERE o.currency = the_currency), 0)::bigint AS spent,
            count(*)::int AS orders, max(o.placed_at) AS last
        FROM customers_order o
        WHERE o.customer_id = member AND o.state = 'paid' AND NOT o.test
            AND NOT (0 < o.total AND o.total <= o.refunded)
    ) bought
    WHERE b.customer_id = member AND b.customer_id = ANY (members)
        AND ((b.spent, b.orders) IS DISTINCT FROM (bought.spent, bought.orders)
            OR bought.last > coalesce(b.seen_at, '-infinity'));
END $$;

-- When these members were last seen, from all that is known: after it has moved from one to another.
CREATE FUNCTION loyalty_count_visits(members bigint[], kinds text[]) RETURNS void LANGUAGE sql AS $$
    UPDATE loyalty_balance b SET seen_at = greatest(
        (SELECT max(o.placed_at) FROM customers_order o
            WHERE o.customer_id = b.customer_id AND o.state = 'paid' AND NOT o.test),
        (SELECT max(e.at) FROM customers_event e WHERE e.customer_id = b.customer_id AND e.kind = ANY (kinds)))
    WHERE b.customer_id = ANY (members)
$$;
