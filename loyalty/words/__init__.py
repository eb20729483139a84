"""Rules in plain words, for the programme's pages and for the differences between versions."""
