"""What people may type in the feed."""

from datetime import datetime
from functools import cached_property

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from wdj.core.clock import now, zone
from wdj.core.forms import Choice, Form, one_lined, tidied
from wdj.core.orgs import Org
from wdj.core.outputs import ticks
from wdj.modules.feed.disclosure import Account, fen_of, misfit, read, say
from wdj.modules.feed.models import COLUMNS


class WordsForm(Form):
    """The words of a post. What a disclosure says beside them: of which time, which items, and the total as a check."""

    title = StringField(
        "标题",
        filters=[one_lined],
        validators=[InputRequired("请写个标题"), Length(4, 60, "标题写 4 到 60 个字")],
    )
    text = TextAreaField(
        "正文",
        filters=[tidied],
        validators=[InputRequired("请写正文"), Length(10, 20_000, "正文写 10 到 20000 个字")],
    )
    period = StringField("哪段时间的", filters=[one_lined], validators=[Length(max=30, message="时间不超过 30 个字")])
    items = TextAreaField("各项金额", filters=[tidied], validators=[Length(max=20_000, message="太长了，分几篇写")])
    total = StringField("合计", filters=[one_lined], validators=[Length(max=40, message="合计只写金额")])
    version = HiddenField()
    whole = False
    """It is to be handed in or let out, so nothing may be missing; a draft may wait."""

    @cached_property
    def account(self) -> Account:
        return read(self.items.data or "")

    accounts = False
    """Period and items are asked for."""

    def validate_period(self, field: StringField) -> None:
        if self.accounts and self.whole and not field.data:
            raise ValidationError("请写上是哪段时间的，例如：2026年第三季度")

    def validate_items(self, field: TextAreaField) -> None:
        if not self.accounts:
            return
        if self.account.errors:
            raise ValidationError("；".join(self.account.errors[:10]))
        if self.whole and not self.account.lines:
            raise ValidationError("请一行一行写上名称和金额")
        if wrong := misfit(self.account.lines, self.account.total):
            raise ValidationError(wrong)

    def validate_total(self, field: StringField) -> None:
        if not (self.accounts and field.data):
            return
        total = fen_of(field.data)
        if total is None:
            raise ValidationError(f"合计看不懂，写成 {say(self.account.sum)} 这样")
        if not self.account.errors and (wrong := misfit(self.account.lines, total)):
            raise ValidationError(wrong)


class PostForm(WordsForm):
    org = SelectField("谁发的", coerce=int)
    kind = SelectField("栏目", choices=[Choice(name, label) for name, (label, _) in COLUMNS.items()])
    aims = SelectMultipleField("发给哪些村", coerce=int)
    must_read = BooleanField("必读：请各户点一下“我看过了”")
    wanted = ticks("还要发到哪里")
    publish_at = DateTimeLocalField("什么时候发", format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], validators=[Optional()])
    places: list[Org] = []  # noqa: RUF012
    """The towns and villages that it may be aimed at."""
    reach = ("/", "")
    """(path, name) of whose villages they must be."""

    def accepted(self) -> bool:
        self.accounts = self.kind.data == "disclosure"
        return super().accepted()

    def validate_aims(self, field: SelectMultipleField) -> None:
        path, name = self.reach
        chosen = [place for place in self.places if place.id in (field.data or ())]
        if outside := [place.short_name for place in chosen if not place.path.startswith(path)]:
            raise ValidationError(f"{outside[0]}不在{name}下面，请去掉，或换一个“谁发的”")

    def validate_publish_at(self, field: DateTimeLocalField) -> None:
        if field.errors:
            field.errors = ["时间请写成 2026-04-18 09:30 这样"]
        elif (moment := self.goes_out_at) and moment < now():
            raise ValidationError("这个时间已经过了；马上发就空着")

    @property
    def goes_out_at(self) -> datetime | None:
        """The chosen moment, aware, or None for at once."""
        typed = self.publish_at.data
        return typed.replace(tzinfo=zone()) if typed else None


class CommentForm(Form):
    text = TextAreaField(
        "说两句",
        filters=[tidied],
        validators=[InputRequired("请先写上想说的话"), Length(2, 500, "写 2 到 500 个字")],
    )
    name = StringField("怎么称呼您", filters=[one_lined], validators=[Length(max=12, message="称呼不超过 12 个字")])
    village = StringField("哪个村的", filters=[one_lined], validators=[Length(max=20, message="村名不超过 20 个字")])


class NoteForm(Form):
    note = TextAreaField(
        "原因",
        filters=[tidied],
        validators=[InputRequired("请写上原因，对方要看的"), Length(2, 300, "写 2 到 300 个字")],
    )


class RemarkForm(Form):
    note = TextAreaField(
        "想说的话", filters=[tidied], validators=[Optional(), Length(max=300, message="不超过 300 个字")]
    )


class MendForm(WordsForm):
    note = TextAreaField(
        "为什么改",
        filters=[tidied],
        validators=[InputRequired("请写上为什么改，以后查得到"), Length(2, 300, "写 2 到 300 个字")],
    )
    whole = True
