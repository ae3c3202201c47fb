#!/usr/bin/env bash
# Puts Exim into var/exim, where it is not there yet: its package cannot be installed beside Postfix, so it is only unpacked.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/var/exim

[ -x "$target/usr/sbin/exim4" ] && exit 0
# With the libraries that it needs; libnss-wrapper tells it of a user that this machine need not have.
packages=(exim4-daemon-light libnss-wrapper libdb5.3 libgnutls-dane0 libidn12 libnsl2 libpcre2-8-0 libtirpc3 libunbound8)

echo "Putting Exim into var/exim; nothing is installed, and no daemon is started"
rm -rf "$target.new"
mkdir -p "$target.new/packages"
# Whoever reads packages for apt has no business in this folder: they are fetched by who runs this.
if ! (cd "$target.new/packages" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download "${packages[@]}") >"$target.log" 2>&1; then
    tail -n 20 "$target.log" >&2
    echo "The tests run Exim: apt-get could not fetch ${packages[*]} (apt-get update, as root, then again)." >&2
    exit 1
fi
for package in "$target.new"/packages/*.deb; do
    dpkg-deb --extract "$package" "$target.new"
done
chmod u-s "$target.new/usr/sbin/exim4" # it serves as whoever starts it
rm -rf "$target.new/packages" "$target"
mv "$target.new" "$target"
