"""The shop that intake measures: production's settings, plus a bare view as the limit."""
