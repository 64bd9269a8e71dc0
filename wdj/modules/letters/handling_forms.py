"""What clerks and leaders type while they handle a letter."""

from collections.abc import Callable
from typing import Any

from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from wdj.core.forms import Choice, Form, one_lined, tidied
from wdj.core.receipts import names_one
from wdj.modules.letters.handling import REASONS
from wdj.modules.letters.models import KINDS, Kind

LONGEST = 2000
PLACEHOLDERS = "{单位} 填单位名称，{称呼} 填“乡亲”，{日期} 填当天，{电话} 填单位电话"


def words(
    label: str, need: str, *checks: Callable[[Form, StringField], None], most: int = 500, rows: int = 4, least: int = 2
) -> TextAreaField:
    """A field for words that must not be empty."""
    fits = Length(least, most, f"写 {least} 到 {most} 个字")
    needed = [InputRequired(need), fits, *checks]
    return TextAreaField(label, filters=[tidied], validators=needed, render_kw={"rows": rows})


def without_number(form: Form, field: StringField) -> None:
    """Whoever has a receipt number has half of what opens the letter: it stands in nothing that others read."""
    if names_one(field.data or ""):
        raise ValidationError("里面有回执号，请去掉：别人也会看到")


class NoteForm(Form):
    """A reason, or words that may be left out."""

    note = TextAreaField("想说的话", filters=[tidied], validators=[Length(max=500, message="最多写 500 个字")])


class ReasonForm(Form):
    note = words("原因", "请写上原因，对方要看的")


class RemarkForm(Form):
    note = words("内部备注", "请写几个字", most=1000)


class InstructForm(Form):
    note = words("批示", "请写上您的意见", most=500)


class SettleForm(Form):
    note = words("看了、办了什么", "请写几句，写信的人要看的")


class KindForm(Form):
    kind = RadioField(
        "该是哪一类", choices=[Choice(kind.value, f"{label}（{means}）") for kind, (label, means) in KINDS.items()],
        validate_choice=False,
    )  # fmt: skip
    note = words("为什么改", "请写上为什么改，写信的人要看的", most=300)
    version = HiddenField()  # the kind that it had when the form was opened

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in list(Kind):
            raise ValidationError("请选一类")
        if field.data == self.version.data:
            raise ValidationError("现在就是这一类，请选别的")


class AskMoreForm(Form):
    note = words("想请写信的人补充什么", "请写清楚要补充什么", most=500)


class DeclineForm(Form):
    reason = SelectField(
        "为什么不受理",
        choices=[Choice("", "请选一个"), *(Choice(each, each) for each in REASONS)],
        validate_choice=False,
    )
    text = TextAreaField(
        "写信的人看到的话", filters=[tidied], validators=[Length(max=1000, message="最多写 1000 个字")],
        render_kw={"rows": 5},
    )  # fmt: skip

    def validate_reason(self, field: SelectField) -> None:
        if field.data not in REASONS:
            raise ValidationError("请选一个原因")

    def validate_text(self, field: TextAreaField) -> None:
        """Empty, it is what is usually said; and what the usual words leave open must be filled in."""
        usual = REASONS.get(self.reason.data or "", "")
        put, field.data = "" if field.data else "常用的话已经放进框里了：", field.data or usual
        if "____" in field.data:
            raise ValidationError(f"{put}横线的地方请填上，不用的就去掉")


class AssignForm(Form):
    org = SelectField("转给哪个单位", coerce=int, validate_choice=False)
    note = TextAreaField("说明", filters=[tidied], validators=[Length(max=500, message="最多写 500 个字")])

    def validate_org(self, field: SelectField) -> None:
        # The third of a choice: whether it is the one that was sent.
        if not field.data or not any(each[2] for each in field.iter_choices()):
            raise ValidationError("请选一个单位")


class RuleForm(AssignForm):
    note = words("裁定的理由", "请写上理由，各单位都要看的")


class ExtensionForm(Form):
    days = IntegerField(
        "要几个工作日",
        validators=[InputRequired("请写要几个工作日"), NumberRange(1, 30, "写 1 到 30 之间的数")],
    )
    note = words("为什么", "请写上为什么办不完，写信的人也想知道", most=300)


class MediateForm(Form):
    mediator = StringField(
        "调解人",
        filters=[one_lined],
        validators=[InputRequired("请写上谁来调解"), Length(max=40, message="最多写 40 个字")],
    )
    agreement = TextAreaField(
        "两家说好的", filters=[tidied], validators=[Optional(), Length(max=LONGEST, message=f"最多写 {LONGEST} 个字")],
        render_kw={"rows": 6},
    )  # fmt: skip


class AnswerForm(Form):
    text = words("答复", "请写上答复", most=LONGEST, rows=12)
    template = SelectField("模板", coerce=int, validate_choice=False, validators=[Optional()])
    version = HiddenField()

    def validate_text(self, field: TextAreaField) -> None:
        """What a frame leaves open must be filled in before it goes out."""
        if "____" in (field.data or ""):
            raise ValidationError("还有横线没填：填上，不用的去掉")
        without_number(self, field)


class DraftForm(AnswerForm):
    """The same, for what is not finished."""

    text = TextAreaField(
        "答复",
        filters=[tidied],
        validators=[Length(max=LONGEST, message=f"最多写 {LONGEST} 个字")],
        render_kw={"rows": 12},
    )

    def validate_text(self, field: TextAreaField) -> None:
        """What is not finished may have gaps."""


class PublishForm(Form):
    """Everything that others will read; a field more for each answer, see `publish_form`."""

    named = ""
    """The fields in which the name of the writer stands, and somebody was told so."""

    public_title = StringField(
        "题目",
        filters=[one_lined],
        validators=[InputRequired("请写个题目"), Length(max=60, message="题目最多 60 个字"), without_number],
    )
    public_text = words("来信", "来信不能空着", without_number, most=LONGEST, rows=8, least=1)
    shows_media = BooleanField("照片和录音的文字稿也公开")


def publish_form(message_ids: list[int], data: dict[str, Any]) -> PublishForm:
    """The form to look through what is made public, with one field for each of these messages."""
    fields = {
        f"message-{each}": words("答复", "这一段不能空着", without_number, most=LONGEST, rows=8, least=1)
        for each in message_ids
    }
    form: PublishForm = type("PublishForm", (PublishForm,), fields)(data=data)
    return form


class TemplateForm(Form):
    org = SelectField("哪个单位用", coerce=int)
    kind = SelectField(
        "哪一类信用", choices=[Choice("", "都能用"), *(Choice(kind.value, label) for kind, (label, _) in KINDS.items())]
    )
    title = StringField(
        "模板名称", filters=[one_lined], validators=[InputRequired("请写个名称"), Length(2, 30, "名称写 2 到 30 个字")]
    )
    text = words("内容", "请写上内容", most=LONGEST, rows=10, least=5)
