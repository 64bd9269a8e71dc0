"""What who wrote a letter says afterwards, checkable alone."""

from typing import Any

from wtforms import RadioField, TextAreaField
from wtforms.validators import Length, Optional

from wdj.core.forms import Choice, Form, tidied
from wdj.modules.letters.following import Opinion

LONGEST, LONGEST_OPINION = 2000, 500
SOLVED = {"yes": True, "no": False}


def _words(label: str, most: int, rows: int, *checks: Any) -> TextAreaField:
    fits = Length(max=most, message=f"最多写 {most} 个字")
    return TextAreaField(label, filters=[tidied], validators=[*checks, fits], render_kw={"rows": rows})


class RatingForm(Form):
    """Two questions, each of which may be left open, but not both."""

    solved = RadioField(
        "事情解决了吗？", choices=[Choice("yes", "解决了"), Choice("no", "没解决")], validators=[Optional()]
    )
    satisfaction = RadioField(
        "您满意吗？",
        choices=[Choice("3", "满意"), Choice("2", "一般"), Choice("1", "不满意")],
        validators=[Optional()],
    )
    words = _words("还想说的", LONGEST_OPINION, 2, Optional())

    def validate(self, extra_validators: Any = None) -> bool:
        fits = bool(super().validate(extra_validators))
        if fits and not (self.solved.data or self.satisfaction.data):
            self.solved.errors = ["两个问题请至少点一个"]
            return False
        return fits

    @property
    def opinion(self) -> Opinion:
        """What was said; None for what was not."""
        said = self.satisfaction.data
        return Opinion(SOLVED.get(self.solved.data or ""), int(said) if said else None, self.words.data or "")


class SupplyForm(Form):
    text = _words("补充的话", LONGEST, 3)


class AgainForm(Form):
    text = _words("接着问", LONGEST, 3)


class WithdrawForm(Form):
    text = _words("为什么撤回", LONGEST_OPINION, 2, Optional())


class PhotosForm(Form):
    """Nothing but files."""


FORMS: dict[str, type[Form]] = {
    "rate": RatingForm, "supply": SupplyForm, "again": AgainForm, "withdraw": WithdrawForm, "photos": PhotosForm,
}  # fmt: skip
