"""What gunicorn and `flask --app wsgi` load."""

from wdj import create_app

app = create_app()
