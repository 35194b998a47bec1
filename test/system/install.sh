#!/bin/sh
# Installs what the system tests need beyond npm packages. Debian or Ubuntu, as root; does nothing if all of it is installed.
set -eu

missing=''

# need <program> <package that contains it>
need() {
  command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

need chromium chromium
need soffice libreoffice-calc-nogui
need dovecot 'dovecot-imapd dovecot-lmtpd'

[ -z "$missing" ] && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "The system tests need$missing: install them, or run them as root on Debian." >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Retries=3 update
# shellcheck disable=SC2086
apt-get -qq -o Acquire::Retries=3 install --yes --no-install-recommends $missing >/dev/null
