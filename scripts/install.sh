#!/usr/bin/env bash
# Installs Debian packages without starting any daemon: `scripts/install.sh WHY PACKAGE…`.
# A policy-rc.d that forbids starts is written for as long as apt-get runs; one that is there already is not touched.
set -euo pipefail

why=$1
shift
policy=/usr/sbin/policy-rc.d

give_up() {
    echo "$why: install $(printf '%s ' "$@")by hand ($reason)." >&2
    exit 1
}

if ! command -v apt-get >/dev/null; then
    reason="there is no apt-get here" give_up "$@"
fi
if [ "$(id -u)" -ne 0 ]; then
    reason="only root can; as root: apt-get install $*" give_up "$@"
fi

mine=
if (set -o noclobber; printf '#!/bin/sh\nexit 101\n' >"$policy") 2>/dev/null; then
    mine=yes
    trap 'rm -f "$policy"' EXIT
    chmod 755 "$policy"
elif answer=0; "$policy" any start >/dev/null 2>&1 || answer=$?; [ "$answer" -ne 101 ]; then
    reason="$policy is there already and would start daemons" give_up "$@"
fi

echo "$why: installing $* (no daemon is started)"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    reason="apt-get failed, see above" give_up "$@"
fi
rm -f "$log"
if [ -n "$mine" ] && [ -d /run/systemd/system ]; then
    echo "Debian enables these services at the next boot; \`systemctl disable\` those you do not want."
fi
