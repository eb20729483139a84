"""The portal on a store's own pages: a button, a frame, and tokens by which the store signs its shopper in.

docs/widget.md tells merchants how, and why it is so.
"""
