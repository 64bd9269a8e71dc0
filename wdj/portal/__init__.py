"""What composes all modules: it sees them through MODULES only."""

from wdj.portal import accounts, cli, desk, home, look, mine, people, places, words

PORTAL = (home, places, look, words, mine, accounts, people, desk, cli)
