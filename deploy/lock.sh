#!/bin/sh
# Pins requirements.in and requirements-dev.in with hashes. No index is written down: every machine uses its own.
set -eu

lock() { # lock NAME TITLE [--upgrade]
    name=$1 title=$2
    shift 2
    .venv/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header --no-annotate \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" --output-file "$name.txt" "$name.in"
    { echo "# $title, pinned with hashes. Made from $name.in by \`make lock\`."; cat "$name.txt"; } >"$name.new"
    mv "$name.new" "$name.txt"
}

lock requirements 'Runtime' "$@"
lock requirements-dev 'Tests and tools' "$@"
