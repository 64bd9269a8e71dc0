"""走访 and 座谈会: visits and meetings that clerks record; one may serve many letters."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask import abort
from sqlalchemy import ColumnElement, Index, PrimaryKeyConstraint, Select, false, or_, select
from sqlalchemy.orm import Mapped, contains_eager, mapped_column, relationship

from wdj.core.clock import now
from wdj.core.db import Model, db, insert_new, references
from wdj.core.items import Item, visible_to, with_orgs
from wdj.core.orgs import Org, below
from wdj.core.people import READER_ROLES, Me
from wdj.modules.letters.models import Letter
from wdj.modules.letters.rules import OPEN, WORKFLOW, clerk

KINDS = {"visit": "走访", "forum": "座谈会"}


class Forum(Model):
    """One visit or meeting of an org, for who handles letters there."""

    __tablename__ = "forums"
    __table_args__ = (Index("ix_forums_org_id", "org_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = references("orgs.id")
    kind: Mapped[str]
    held_on: Mapped[date]
    title: Mapped[str]
    place: Mapped[str]
    people: Mapped[str]
    """Who was there, as the clerk wrote it."""
    text: Mapped[str]
    person_id: Mapped[int] = references("people.id")
    version: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime] = mapped_column(default=now)

    org: Mapped[Org] = relationship(lazy="raise")


class ForumLetter(Model):
    """The letter that a visit or meeting was about."""

    __tablename__ = "forum_letters"
    __table_args__ = (PrimaryKeyConstraint("forum_id", "letter_id"),)

    forum_id: Mapped[int] = references("forums.id", delete="CASCADE")
    letter_id: Mapped[int] = references("letters.id", delete="CASCADE", index=True)


def read_by(me: Me) -> ColumnElement[bool]:
    """The condition on Forum of being held by an org that this person reads for."""
    grants = [grant for grant in me.grants if grant.role in READER_ROLES]
    return or_(false(), *(Forum.org_id.in_(select(Org.id).where(below(grant.path))) for grant in grants))


def forums_for(me: Me, before: int | None = None) -> Select[Forum]:
    """What the orgs that this person reads for have held, newest first, older than the id `before`."""
    found = _seen_by(me)
    return (found.where(Forum.id < before) if before else found).order_by(Forum.id.desc())


def _seen_by(me: Me) -> Select[Forum]:
    return select(Forum).join(Forum.org).options(contains_eager(Forum.org)).where(read_by(me))


def forum_or_404(forum_id: int, me: Me) -> Forum:
    """The visit or meeting, if this person reads for the org that held it."""
    return db.session.scalars(_seen_by(me).where(Forum.id == forum_id)).one_or_none() or abort(404)


def forums_of(letter_id: int, me: Me) -> Sequence[Forum]:
    """The visits and meetings about the letter that this person may read, newest first."""
    mine = select(ForumLetter.forum_id).where(ForumLetter.letter_id == letter_id)
    return db.session.scalars(forums_for(me).where(Forum.id.in_(mine))).all()


def letters_of(forum: Forum, me: Me) -> Sequence[Letter]:
    """The letters that it was about, those that this person may see."""
    linked = select(ForumLetter.letter_id).where(ForumLetter.forum_id == forum.id)
    return db.session.scalars(with_orgs(Letter).where(Letter.id.in_(linked), visible_to(me)).order_by(Letter.id)).all()


def open_for(org: Org, me: Me, most: int) -> Sequence[Letter]:
    """The open letters that the org, or one below it, received or has in hand, soonest begun first."""
    theirs = select(Org.id).where(below(org.path))
    here = or_(Item.org_id.in_(theirs), Item.handler_org_id.in_(theirs))
    found = with_orgs(Letter).where(Item.type == Letter.type_name(), Item.state.in_(OPEN), here, visible_to(me))
    return db.session.scalars(found.order_by(Item.id).limit(most)).all()


def link(forum: Forum, letter_ids: Iterable[int], me: Me) -> None:
    """Note on each of these letters that it was talked about there; once each. 403 for one that I do not handle."""
    for letter_id in sorted(set(letter_ids)):
        letter = db.session.scalars(with_orgs(Letter).where(Letter.id == letter_id, visible_to(me))).one_or_none()
        if letter is None or not clerk(me, letter):
            abort(403)
        fresh = insert_new(ForumLetter, forum_id=forum.id, letter_id=letter_id).returning(ForumLetter.letter_id)
        if db.session.scalar(fresh):
            WORKFLOW.apply("visit", letter, me, f"{forum.held_on.month}月{forum.held_on.day}日{KINDS[forum.kind]}")
