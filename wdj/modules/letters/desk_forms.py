"""What clerks type for many letters at once."""

from wtforms import RadioField, TextAreaField
from wtforms.validators import InputRequired, Length

from wdj.core.forms import Form, tidied


class MergeManyForm(Form):
    into = RadioField("哪一件当主件，答复写在它上面", coerce=int, validators=[InputRequired("请选一件当主件")])


class RemindManyForm(Form):
    note = TextAreaField(
        "说几句", filters=[tidied], validators=[Length(max=300, message="最多写 300 个字")],
        description="可以不写。承办单位在信的办理经过里看到。",
    )  # fmt: skip
