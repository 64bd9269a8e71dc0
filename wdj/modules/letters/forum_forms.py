"""What clerks type of a visit or a meeting."""

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from wdj.core.clock import today
from wdj.core.forms import Choice, DayField, Form, one_lined, tidied
from wdj.modules.letters.forums import KINDS


class ForumForm(Form):
    org = SelectField("哪个单位去的、开的", coerce=int)
    kind = RadioField(
        "是什么",
        choices=[Choice(*each) for each in KINDS.items()],
        default="visit",
        validators=[InputRequired("请选一个")],
    )
    held_on = DayField("哪一天")
    title = StringField(
        "为什么事", filters=[one_lined], validators=[InputRequired("请写上为什么事"), Length(2, 40, "写 2 到 40 个字")]
    )
    place = StringField(
        "在哪里", filters=[one_lined], validators=[Optional(), Length(max=40, message="最多写 40 个字")]
    )
    people = StringField(
        "谁在场", filters=[one_lined], validators=[Optional(), Length(max=200, message="最多写 200 个字")]
    )
    text = TextAreaField(
        "说了什么、定了什么",
        filters=[tidied],
        validators=[InputRequired("请写几句，说了什么、定了什么"), Length(2, 3000, "写 2 到 3000 个字")],
        render_kw={"rows": 8},
    )
    number = StringField("回执号", filters=[one_lined], validators=[Optional()])
    version = HiddenField()

    def validate_held_on(self, field: DayField) -> None:
        if field.data and field.data > today():
            raise ValidationError("还没有到这一天，去过、开过以后再记")
