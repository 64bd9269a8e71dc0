#!/bin/sh
# Programs of the operating system that wdj or its tests use: `run` (sound) or `test` (browsers and fonts too).
# Silent when all are there. Installs them where it may (root on Debian or Ubuntu), else says what is missing.
# Never fails: without them less works, and the line says what.
set -u

has() { command -v "$1" >/dev/null 2>&1; }
has_browser() { has chromium || has chromium-browser || has google-chrome; }
has_font() { has fc-list && [ -n "$(fc-list :lang=zh-cn family)" ]; }

missing() {
    has ffmpeg || echo ffmpeg
    if [ "$1" = test ]; then
        has_browser || echo chromium
        has_font || echo 'fonts-noto-cjk fontconfig'
        has w3m || echo w3m
    fi
}

may_install() { [ "$(id -u)" = 0 ] && has apt-get; }

# A machine without a network is not made to wait at every start: one try a day.
tried_today() { [ -n "$(find .venv/parts-tried -mtime -1 2>/dev/null)" ]; }

install() {
    echo "wdj: installing $(echo "$1" | tr '\n' ' ')(once)"
    export DEBIAN_FRONTEND=noninteractive
    timeout 120 apt-get -qq -o Acquire::Retries=2 -o Acquire::http::Timeout=20 update >/dev/null 2>&1
    # One by one: that one is not to be had shall not cost the others.
    for part in $1; do
        timeout 600 apt-get -qq -y -o Acquire::Retries=2 --no-install-recommends install "$part" >/dev/null 2>&1
    done
}

say() {
    for part in $1; do
        case $part in
            ffmpeg) lost='sound that people send is kept but not converted' ;;
            chromium) lost='tests in a browser are skipped' ;;
            fonts-noto-cjk) lost='tests of how Chinese looks are skipped' ;;
            w3m) lost='tests in a text browser are skipped' ;;
            *) continue ;;
        esac
        echo "wdj: no $part, so $lost; to get it: sudo apt-get install $part" >&2
    done
}

parts=$(missing "$1")
[ -n "$parts" ] || exit 0
if may_install && ! tried_today; then
    install "$parts"
    parts=$(missing "$1")
    [ -z "$parts" ] || { [ ! -d .venv ] || touch .venv/parts-tried; }
fi
say "$parts"
