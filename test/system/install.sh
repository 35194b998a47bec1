#!/bin/sh
# Installs what the system tests need beyond npm packages. Debian or Ubuntu, as root; does nothing where it is there.
set -eu

command -v chromium >/dev/null 2>&1 && exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo 'The system tests need the program chromium: install it, or run them as root on Debian.' >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get -qq -o Acquire::Retries=3 update
apt-get -qq -o Acquire::Retries=3 install --yes --no-install-recommends chromium >/dev/null
