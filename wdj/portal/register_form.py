"""The form of one entry of a register, and what it says when somebody else was faster."""

from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from wdj.core.forms import Choice, Form, one_lined
from wdj.core.register import FIELDS, LONG, SHORT, RegisterEntry, RegisterKind, digits, fault_of
from wdj.core.session import keyed


class EntryForm(Form):
    """One entry; `version` is what it was when this form was opened."""

    version = HiddenField()
    kind = SelectField("记的是", choices=[Choice(kind.value, kind.label) for kind in RegisterKind])
    number = StringField(
        "门牌号", filters=[one_lined], validators=[Length(max=SHORT, message=f"门牌号最多 {SHORT} 个字")]
    )
    name = StringField(
        "姓名",
        filters=[one_lined],
        validators=[InputRequired("请写姓名"), Length(max=SHORT, message=f"姓名最多 {SHORT} 个字")],
    )
    group_name = StringField(
        "哪个组", filters=[one_lined], validators=[Length(max=SHORT, message=f"组名最多 {SHORT} 个字")]
    )
    phone = StringField("电话", filters=[one_lined])
    no_phone = BooleanField("去掉原来的电话")
    people = StringField(
        "家里几口人", filters=[one_lined], validators=[Regexp(r"[0-9]{0,2}\Z", message="人数请写数字")]
    )
    note = TextAreaField("备注", filters=[one_lined], validators=[Length(max=LONG, message=f"备注最多 {LONG} 个字")])

    def validate_phone(self, field: StringField) -> None:
        if fault := fault_of(digits(field.data or "")):
            raise ValidationError(fault)

    def fill(self, entry: RegisterEntry) -> None:
        """Put what was typed into `entry`; an empty telephone leaves the one that is there."""
        for name in ("number", "name", "group_name", "note"):
            setattr(entry, name, self[name].data or "")
        entry.people = int(self.people.data) if self.people.data else None
        if self.phone.data or self.no_phone.data:
            entry.phone = digits(self.phone.data or "")

    def is_late(self, entry: RegisterEntry) -> bool:
        """True if `entry` is no longer what was opened, nor what is typed: then each field says what it is now."""
        others = [name for name in FIELDS if self._typed(name, entry) != as_typed(entry, name)]
        if not others or self.version.data == version_of(entry):
            return False
        self.version.data = version_of(entry)
        for name in others:
            now = entry.starred if name == "phone" else as_typed(entry, name)
            self[name].errors = [f"名册里现在是“{now}”" if now else "名册里现在空着"]
        return True

    def _typed(self, name: str, entry: RegisterEntry) -> str:
        """What would stand in the register; an empty telephone leaves the one that is there."""
        if name != "phone":
            return self[name].data or ""
        return digits(self.phone.data or "") if self.phone.data or self.no_phone.data else entry.phone


def as_typed(entry: RegisterEntry, name: str) -> str:
    """One field of the entry as its form shows it."""
    value = getattr(entry, name)
    return "" if value is None else str(value)


def version_of(entry: RegisterEntry) -> str:
    """The same for the same words; keyed, for a telephone stands among them."""
    return keyed("entry", entry.id, *(as_typed(entry, name) for name in FIELDS))
