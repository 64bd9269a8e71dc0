"""What stands in logs and links: never the code of a receipt, whose address holds it while it is being opened."""

import logging
import re

from flask import Flask

CODE = re.compile(r"(/r/[^/\s?#\"']+)/(?!slip\b|renew\b)[^\s?#\"']+")
LOGGERS = ("wdj", "gunicorn.error", "werkzeug")


class Discreet(logging.Filter):
    """Writes /r/4F7K92/**** for the address of a receipt with its code, in the words and in the traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if CODE.search(said):
            record.msg, record.args = hide_codes(said), None
        if record.exc_info and not record.exc_text:
            traced = logging.Formatter().formatException(record.exc_info)
            if CODE.search(traced):
                record.exc_text = hide_codes(traced)
        return True


DISCREET = Discreet()


def hide_codes(words: str) -> str:
    return CODE.sub(r"\1/****", words)


def without_code(path: str) -> str:
    """The path to come back to: that of the receipt, without its code."""
    return CODE.sub(r"\1", path)


def init_app(app: Flask) -> None:
    for name in LOGGERS:
        logging.getLogger(name).addFilter(DISCREET)
