"""What people type of a letter, and what a clerk writes down for them."""

from wtforms import BooleanField, RadioField, SelectField, StringField, TelField, TextAreaField
from wtforms.validators import Length, ValidationError

from wdj.core.clock import today
from wdj.core.forms import Choice, DayField, Form, one_lined, tidied
from wdj.core.items import SOURCES
from wdj.core.register import digits, fault_of
from wdj.modules.letters.models import ALWAYS_PRIVATE, DOORS, KINDS, Door, Kind

LONGEST = 2000
OFFERED = (Door.board, Door.mailbox, Door.suggestion_box)


def _words(label: str, rows: int) -> TextAreaField:
    fits = Length(max=LONGEST, message=f"最多写 {LONGEST} 个字，多的请分两次交")
    return TextAreaField(label, filters=[tidied], validators=[fits], render_kw={"rows": rows})


def _name(label: str) -> StringField:
    return StringField(label, filters=[one_lined], validators=[Length(max=20, message="称呼不超过 20 个字")])


def _phone(label: str) -> TelField:
    return TelField(label, filters=[one_lined], validators=[Length(max=30, message="电话太长了，请查一下")])


def _kinds() -> list[Choice]:
    return [Choice(kind.value, label) for kind, (label, _) in KINDS.items()]


class LetterForm(Form):
    """What both forms of a letter have."""

    takes_any_phone = False
    """Whether the telephone is kept as it was typed, right or wrong."""

    text = _words("什么事", 5)
    phone = _phone("电话")
    name = _name("怎么称呼您")
    village = SelectField("哪个村", coerce=int, validate_choice=False)
    kind = RadioField("哪一类", choices=_kinds(), validate_choice=False)
    door = SelectField("交到哪里", choices=[Choice(door.value, DOORS[door]) for door in OFFERED], validate_choice=False)

    def validate_phone(self, field: TelField) -> None:
        if self.takes_any_phone:
            return
        if wrong := fault_of(digits(field.data or "")):
            raise ValidationError(f"{wrong}，请查一下")

    def validate_kind(self, field: RadioField) -> None:
        if field.data not in list(Kind):
            raise ValidationError("请选一类，拿不准就选“问政策”")

    def validate_door(self, field: SelectField) -> None:
        if field.data not in OFFERED:
            raise ValidationError("请选一下交到哪里")

    def validate_village(self, field: SelectField) -> None:
        # The third of a choice: whether it is the one that was sent.
        if not any(each[2] for each in field.iter_choices()):
            raise ValidationError("请选一下是哪个村")


class AskForm(LetterForm):
    """A letter as anybody sends it."""

    is_anonymous = BooleanField("不留名")
    who = RadioField(
        "别人能不能看到",
        choices=[Choice("all", "能看到"), Choice("office", "只给办的人看")],
        validate_choice=False,
    )

    def validate_is_anonymous(self, field: BooleanField) -> None:
        if field.data and self.door.data != Door.mailbox:
            raise ValidationError("不留名的信只有县长信箱收：请在上面选“县长信箱”，或者去掉这个勾")

    def validate_phone(self, field: TelField) -> None:
        if self.is_anonymous.data or self.takes_any_phone:
            return  # it is not kept, or as it is
        if self.kind.data == Kind.help and not field.data:
            raise ValidationError("要人帮，得找得到您：请留个电话")
        super().validate_phone(field)

    def validate_kind(self, field: RadioField) -> None:
        if field.data:
            super().validate_kind(field)

    @property
    def may_publish(self) -> bool:
        """Whether others may read it: only where that was said."""
        return self.who.data == "all" and self.kind.data not in ALWAYS_PRIVATE


class RecordForm(LetterForm):
    """A letter as a clerk writes it down who was told it."""

    name = _name("来人姓名")
    org = SelectField("哪个单位收的", coerce=int)
    source = SelectField(
        "怎么来的",
        choices=[Choice("", "请选一个"), *(Choice(*each) for each in SOURCES.items())],
        validate_choice=False,
    )
    received_on = DayField("哪天收到的", "请写上哪天收到的")
    address = StringField("住址", filters=[one_lined], validators=[Length(max=80, message="住址不超过 80 个字")])
    may_publish = BooleanField("来人同意公开（不显示姓名和电话）")
    keeps = BooleanField("留在本单位办")

    def validate_source(self, field: SelectField) -> None:
        if field.data not in SOURCES:
            raise ValidationError("请选一下是怎么来的")

    def validate_received_on(self, field: DayField) -> None:
        if field.data and field.data > today():
            raise ValidationError("收到的日子不能在今天以后")
