"""Rules in plain words: for the programme's pages, for the differences between versions, and to the members."""
