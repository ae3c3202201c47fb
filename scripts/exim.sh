#!/usr/bin/env bash
# Puts Exim into var/exim, where it is not there yet: its package cannot be installed beside Postfix, so it is only unpacked.
set -euo pipefail
cd "$(dirname "$0")/.."

# With the libraries that it needs; libnss-wrapper tells it of a user that this machine need not have.
scripts/unpack.sh exim usr/sbin/exim4 \
    exim4-daemon-light libnss-wrapper libdb5.3 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0 libtirpc3 libunbound8
