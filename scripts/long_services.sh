#!/usr/bin/env bash
# Makes sure that the programs are installed that the long tests run besides; does nothing where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

missing=()
need() { # PACKAGE PROGRAM
    [ -n "$(command -v "$2" || true)" ] || missing+=("$1")
}

need chromium chromium
need chromium-driver chromedriver
need libnss3-tools pk12util
need default-jre-headless keytool
need pdns-server pdns_server
need sqlite3 sqlite3
compgen -G '/usr/lib/*/pdns/libgsqlite3backend.so' >/dev/null || missing+=(pdns-backend-sqlite3)

if [ ${#missing[@]} -gt 0 ]; then
    scripts/install.sh "The long tests press a button in a browser, open what other programs export, and update PowerDNS" "${missing[@]}"
fi
# Newer than this Debian's, which cannot read our file; it reads files without any engine.
SUITE=trixie scripts/unpack.sh compose usr/libexec/docker/cli-plugins/docker-compose docker-compose
