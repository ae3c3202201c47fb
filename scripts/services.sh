#!/usr/bin/env bash
# Makes sure that every server the tests run is installed; does nothing where it is.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin

missing=()
need() { # PACKAGE PROGRAM
    [ -n "$(command -v "$2" || true)" ] || missing+=("$1")
}

need rabbitmq-server /usr/lib/rabbitmq/bin/rabbitmq-server
need erlang-base erl_call
need knot knotd
need unbound unbound
need bind9 named
need dnsdist dnsdist
need postfix /usr/lib/postfix/sbin/master
need dovecot-core dovecot
need opendkim opendkim
need nftables nft
need iproute2 ip
need openssl openssl
need nodejs node
need npm npm
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)

if [ ${#missing[@]} -gt 0 ]; then
    scripts/install.sh "The tests run real servers" "${missing[@]}"
fi
scripts/exim.sh
# Only to read our rules: its package would start a server, and bring what shows its pages.
scripts/unpack.sh prometheus usr/bin/promtool prometheus
