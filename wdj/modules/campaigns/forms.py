"""What clerks type of a campaign, and what people send to one."""

from datetime import timedelta

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, ValidationError

from wdj.core.clock import today
from wdj.core.forms import DayField, Form, one_lined, tidied

LONGEST = timedelta(days=366)


class CampaignForm(Form):
    org = SelectField("谁来办", coerce=int)
    title = StringField(
        "活动名称",
        filters=[one_lined],
        validators=[InputRequired("请写个名称"), Length(4, 40, "名称写 4 到 40 个字")],
    )
    text = TextAreaField(
        "请大家说什么",
        filters=[tidied],
        validators=[InputRequired("请写几句，告诉大家说什么"), Length(10, 2000, "写 10 到 2000 个字")],
        render_kw={"rows": 6},
    )
    starts_on = DayField("哪天开始")
    ends_on = DayField("最后一天")
    takes_pictures = BooleanField("可以交照片", default=True)
    takes_sound = BooleanField("可以交录音", default=True)
    shows_all = BooleanField("审核通过的都公开", default=True)
    version = HiddenField()

    def validate_ends_on(self, field: DayField) -> None:
        if field.data and field.data < today():
            raise ValidationError("最后一天已经过了")
        if field.data and self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError("最后一天不能比开始还早")
        if field.data and self.starts_on.data and field.data - self.starts_on.data > LONGEST:
            raise ValidationError("最长办一年")


class ClosingForm(Form):
    ends_on = DayField("最后一天")
    closing_words = TextAreaField(
        "结束时对大家说的话",
        filters=[tidied],
        validators=[Length(max=1000, message="最多写 1000 个字")],
        render_kw={"rows": 6},
    )
    version = HiddenField()

    def validate_ends_on(self, field: DayField) -> None:
        if field.data and field.data != field.object_data and field.data < today():
            raise ValidationError("最后一天不能选过去的日子；要马上结束，请按“提前结束”")


class NoteForm(Form):
    note = TextAreaField(
        "原因",
        filters=[tidied],
        validators=[InputRequired("请写上原因，对方要看的"), Length(2, 300, "写 2 到 300 个字")],
    )


class ContributionForm(Form):
    text = TextAreaField(
        "您想说的话",
        filters=[tidied],
        validators=[Length(max=500, message="最多写 500 个字")],
        render_kw={"rows": 5},
    )
    name = StringField("怎么称呼您", filters=[one_lined], validators=[Length(max=12, message="称呼不超过 12 个字")])
    org = SelectField("您是哪里的", coerce=int, validate_choice=False)

    def validate_org(self, field: SelectField) -> None:
        # The third of a choice: whether it is the one that was sent.
        if not field.data or not any(each[2] for each in field.iter_choices()):
            raise ValidationError("请选一下您是哪里的")
