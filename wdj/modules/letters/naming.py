"""The name of who wrote a letter, in words that everybody is going to read: 王**."""

from collections.abc import Mapping

from wdj.core.contacts import contact_of
from wdj.modules.letters.models import Letter

WARNING = "写信的人的姓名还在里面，请改成“{name}”。本人要留名的，再按一次就公开"


def hide_name(letter: Letter, words: Mapping[str, str]) -> dict[str, str]:
    """These words with the name that the writer gave starred; as they are where none was given."""
    contact = contact_of(letter.id)
    if contact is None or len(contact.name) < 2:
        return dict(words)
    return {where: text.replace(contact.name, contact.masked_name) for where, text in words.items()}


def naming(letter: Letter, words: Mapping[str, str]) -> list[str]:
    """In which of these words the name of the writer stands."""
    return [where for where, text in hide_name(letter, words).items() if text != words[where]]


def warning(letter: Letter) -> str:
    """What is said at a field in which it stands."""
    contact = contact_of(letter.id)
    return WARNING.format(name=contact.masked_name if contact else "")
