"""The second person who reads an answer before it goes out: who of the unit that may be."""

from sqlalchemy import select

from wdj.core.db import db
from wdj.core.people import WRITER_ROLES, Grant, Person
from wdj.modules.letters.messages import Draft
from wdj.modules.letters.models import Letter


def readers(letter: Letter) -> list[str]:
    """The names of those in the unit that has the letter who may let its draft out: all but who wrote in it."""
    draft = db.session.get(Draft, letter.id)
    org_id, wrote = letter.handler_org_id or letter.org_id, draft.writers if draft else ()
    holds = select(Grant.person_id).where(Grant.org_id == org_id, Grant.role.in_(WRITER_ROLES))
    found = select(Person.id, Person.name).where(Person.id.in_(holds), Person.disabled_at.is_(None)).order_by(Person.id)
    return [name for person_id, name in db.session.execute(found) if person_id not in wrote]
