"""The command line: a client of the same house, for people and scripts."""
