#!/usr/bin/env bash
# Puts RabbitMQ 4 from Debian trixie into var/rabbitmq4 (about a minute, 370 MB), where it is not there yet.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/var/rabbitmq4

[ -x "$target/usr/lib/rabbitmq/bin/rabbitmq-server" ] && exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "RabbitMQ 4 is put into a folder by debootstrap, which only root can do." >&2
    exit 1
fi
command -v debootstrap >/dev/null || scripts/install.sh "RabbitMQ 4 comes from Debian trixie" debootstrap

echo "Putting RabbitMQ 4 into var/rabbitmq4 (about a minute) …"
rm -rf "$target.new"
mkdir -p "$target.new"
debootstrap --variant=minbase --include=rabbitmq-server trixie "$target.new" ${DEBIAN_MIRROR:+"$DEBIAN_MIRROR"} \
    >"$target.log" 2>&1 || { tail -n 20 "$target.log" >&2; exit 1; }
mv "$target.new" "$target"
