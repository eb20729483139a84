"""The loyalty programme. Where to find what, by the merchant's questions:

What does the programme say?
    rules: the dataclass of a version, with earning_rules, reward_rules, tier_rules, stamp_rules; names
    stored, checks, rule_checks, earning_checks, reward_checks, tier_checks, stamp_checks: from JSON, and what is wrong
    programme, terms_in_force, applying: versions, the one in force, the one for an order
How is it written?
    drafts, pieces, legible, starts, differences, readiness, at_stores, worked
What would it have done?
    replaying, replayed_members, replay_totals, likeness, past_orders, past_occasions, climbing; movers
What does an order or an occasion earn?
    evaluation: the one pure function, with compiled, stacking, sums, windows, lines
    earning, facts, usage, waiting, product_words: orders; occasions, happening, birthdays, visits: what is no order
    backdating, counter, claims, claim_mail, receipts: the past, the till, what members miss
Where are the points?
    ledger, ledger_calls, ledger_errors (verbs in sql/); settling, opening, many, merging, telling
    audit, audit_rules: whether the books hold; liability: what they are worth
    standing, history, explaining: as the member sees them
When do they expire?
    notices, notice_mail, inactivity
Which tier is a member on?
    tiers, placements, tier_gifts, tier_reviews
What can be had for them?
    offers, having; redemption, taking, codes: taking a reward; using, carrying, issuing, redeemers: what becomes of it
    stamps, stamp_book, stamp_orders, stamp_visits, stamp_merging: punch cards
Who is meant?
    finding, patronage: members by what they have, bought and did
In words: words/, shared by the portal and the editor's phone. Tables: models/.
"""
