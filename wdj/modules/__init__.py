"""The parts of wdj. To add one: its folder, and a line here."""

from wdj.core.module import Module
from wdj.modules import feed

MODULES: tuple[Module, ...] = (feed.module,)
