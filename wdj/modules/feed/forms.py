"""What people may type in the feed."""

from datetime import datetime

from wtforms import DateTimeLocalField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from wdj.core.clock import now, zone
from wdj.core.forms import Choice, Form, tidied
from wdj.core.plain import one_line
from wdj.modules.feed.models import COLUMNS


def one_lined(value: str | None) -> str:
    return one_line(tidied(value))


class PostForm(Form):
    org = SelectField("谁发的", coerce=int)
    kind = SelectField("栏目", choices=[Choice(name, label) for name, (label, _) in COLUMNS.items()])
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
    publish_at = DateTimeLocalField("什么时候发", format=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], validators=[Optional()])
    version = HiddenField()

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
