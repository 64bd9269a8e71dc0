"""The parts of wdj. To add one: its folder, and a line here."""

from flask import url_for

from wdj.core.items import Item
from wdj.core.module import Module
from wdj.core.workflow import Workflow
from wdj.modules import campaigns, feed, letters

MODULES: tuple[Module, ...] = (feed.module, campaigns.module, letters.module)

# By the discriminator that an item carries: the module that shows it, and its lifecycle.
MODULE_OF = {cls.type_name(): module for module in MODULES for cls in module.types}
WORKFLOW_OF: dict[str, Workflow] = {
    cls.type_name(): workflow for module in MODULES for cls, workflow in module.types.items()
}
ENDPOINT_OF = {
    cls.type_name(): f"{module.name}.{module.pages.get(cls, 'show')}" for module in MODULES for cls in module.types
}


def item_url(item: Item) -> str:
    """The page of an item, whatever its type."""
    return url_for(ENDPOINT_OF[item.type], id=item.id)
