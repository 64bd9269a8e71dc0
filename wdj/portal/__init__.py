"""What composes all modules: it sees them through MODULES only."""

from wdj.portal import accounts, cli, desk, home, look, mine, people, places, search, subjects, unit, words

PORTAL = (home, subjects, search, places, look, words, mine, accounts, people, unit, desk, cli)
