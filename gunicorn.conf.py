"""The web server's settings, each with its reason. `flask wdj serve` hands it a socket that is already open."""

import ctypes
import os
from contextlib import suppress
from pathlib import Path

from wdj.config import load

_settings = load(os.environ)

# A login takes 19 MB for argon2 for a moment. glibc learns from the first one to keep such pieces, in every worker;
# a fixed threshold (M_MMAP_THRESHOLD) gives them back. Other C libraries do not know the call.
# And all threads take from one heap (M_ARENA_MAX): one each held 6 MB of a worker in pieces that nobody used.
with suppress(AttributeError, OSError):
    ctypes.CDLL(None).mallopt(-3, 1 << 20)
    ctypes.CDLL(None).mallopt(-8, 1)

wsgi_app = "wsgi:app"
chdir = str(Path(__file__).resolve().parent)
bind = _settings["WDJ_BIND"]

# Threads share a process's kept pages; a villager on 2G who takes ten seconds to read an answer holds only a thread.
worker_class = "gthread"
workers = _settings["WDJ_WORKERS"]
threads = _settings["WDJ_THREADS"]

# Loaded once and shared by fork: less memory, and a faulty setting stops the start before a worker exists.
# New code comes in by a new master (SIGHUP to `flask wdj serve`), never by SIGHUP to gunicorn itself.
preload_app = True

# A worker whose main loop stands still this long is replaced. Slow clients do not count: they wait in threads.
timeout = 60
# At a stop or reload, requests under way get this long. wdj/portal/serve.py waits a little longer.
graceful_timeout = 20
# Long enough for the stylesheet after the page, short enough that idle phones do not hold connections.
keepalive = 5

# Our longest address is a search with a few filters; a phone's headers and cookies stay far below this.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# The heartbeat file is touched every second: on a slow disk that alone can stop a worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# No access log: addresses hold receipt codes and what people searched for. nginx writes one without them.
accesslog = None
errorlog = "-"
loglevel = str(_settings["WDJ_LOG_LEVEL"]).lower()

# The app itself counts proxies (WDJ_PROXIES), so gunicorn believes no X-Forwarded header from anyone.
forwarded_allow_ips = ""

# A socket in the home folder through which gunicorn could be steered: nobody uses it, so it is not there.
control_socket_disable = True
