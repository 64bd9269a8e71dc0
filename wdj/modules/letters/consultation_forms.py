"""What clerks type of a consultation."""

from datetime import timedelta

from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from wdj.core.clock import today
from wdj.core.forms import DayField, Form, one_lined, tidied

LONGEST = timedelta(days=366)


class ConsultationForm(Form):
    org = SelectField("谁来问", coerce=int)
    title = StringField(
        "问什么",
        filters=[one_lined],
        validators=[InputRequired("请写上问什么"), Length(4, 40, "写 4 到 40 个字")],
    )
    text = TextAreaField(
        "说清楚",
        filters=[tidied],
        validators=[InputRequired("请写几句，说清楚问什么、怎么用"), Length(10, 2000, "写 10 到 2000 个字")],
        render_kw={"rows": 6},
    )
    starts_on = DayField("哪天开始")
    ends_on = DayField("最后一天")
    version = HiddenField()

    def validate_ends_on(self, field: DayField) -> None:
        if field.data and field.data < today():
            raise ValidationError("最后一天已经过了")
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError("最后一天不能比开始还早")
        if field.data and self.starts_on.data and field.data - self.starts_on.data > LONGEST:
            raise ValidationError("最长问一年")


class OutcomeForm(Form):
    outcome = TextAreaField(
        "采纳了什么，没采纳的为什么",
        filters=[tidied],
        validators=[InputRequired("请写上结果"), Length(10, 3000, "写 10 到 3000 个字")],
        render_kw={"rows": 8},
    )
    version = HiddenField()


class VerdictForm(Form):
    why = StringField(
        "怎么用，或为什么不用",
        filters=[one_lined],
        validators=[InputRequired("请写一句为什么，写信的人要看的"), Length(2, 200, "写 2 到 200 个字")],
    )


class WhyForm(Form):
    note = TextAreaField(
        "原因",
        filters=[tidied],
        validators=[InputRequired("请写上原因，对方要看的"), Length(2, 300, "写 2 到 300 个字")],
    )
