#!/bin/sh
# Makes .venv with the first Python of 3.11 or newer; one clear line when there is none.
set -eu

found=
for python in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        found=$python
        break
    fi
done
if [ -z "$found" ]; then
    echo 'wdj: needs Python 3.11 or newer (Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv); PYTHON=/path/to/python names another' >&2
    exit 1
fi
if ! "$found" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "wdj: $found has no venv (Debian, Ubuntu: apt-get install python3-venv)" >&2
    exit 1
fi
"$found" -m venv --clear .venv
