"""我看过了, and the clerk's lists of who has read a must-read notice."""

from wdj.modules.feed import acks as acks
