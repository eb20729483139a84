"""The shop that portal_home measures: production's settings, plus one page with a constant template as the limit."""
