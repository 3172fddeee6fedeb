"""The command line (DESIGN A1): arguments, words and exit status. What commands do is elsewhere."""
