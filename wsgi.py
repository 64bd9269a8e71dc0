"""What gunicorn and `flask --app wsgi` load. A wrong setting is one line, not a traceback."""

import sys

from wdj import create_app
from wdj.config import BadSetting

try:
    app = create_app()
except BadSetting as wrong:
    sys.exit(f"wdj: {wrong}")
