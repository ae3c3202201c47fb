#!/usr/bin/env bash
# Puts RabbitMQ 4 and PostgreSQL 17 from Debian trixie into var/trixie (two minutes, 680 MB), where they are not there yet.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/var/trixie

[ -x "$target/usr/lib/rabbitmq/bin/rabbitmq-server" ] && [ -x "$target/usr/lib/postgresql/17/bin/postgres" ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "RabbitMQ 4 and PostgreSQL 17 are put into a folder by debootstrap, which only root can do." >&2
    exit 1
fi
command -v debootstrap >/dev/null || scripts/install.sh "RabbitMQ 4 and PostgreSQL 17 come from Debian trixie" debootstrap

echo "Putting RabbitMQ 4 and PostgreSQL 17 into var/trixie (about two minutes) …"
rm -rf "$target.new"
mkdir -p "$target.new/usr/sbin"
# Packages start their daemons as they are installed, unless this forbids it.
printf '#!/bin/sh\nexit 101\n' >"$target.new/usr/sbin/policy-rc.d"
chmod 755 "$target.new/usr/sbin/policy-rc.d"
debootstrap --variant=minbase --include=rabbitmq-server,postgresql-17 trixie "$target.new" \
    ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} >"$target.log" 2>&1 || { tail -n 20 "$target.log" >&2; exit 1; }
rm -rf "$target.new/var/cache/apt/archives" "$target"
mv "$target.new" "$target"
