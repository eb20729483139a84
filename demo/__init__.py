"""`make demo`: everything Dangol is made of, on one machine, with two shops and 90 days of their orders.

The orders come in through the shops' hooks, signed, as a storefront's would: all that is seen was computed, not seeded.
"""
