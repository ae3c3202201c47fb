#!/usr/bin/env bash
# Puts Debian packages into a folder of their own, where PROGRAM is not there yet; nothing is installed, no daemon is
# started: `scripts/unpack.sh FOLDER PROGRAM PACKAGE…` unpacks them into var/FOLDER; with SUITE, from that Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
target=$PWD/var/$1 program=$2
shift 2

[ -x "$target/$program" ] && exit 0

echo "Putting $1 into ${target#"$PWD"/}; nothing is installed, and no daemon is started"
rm -rf "$target.new"
mkdir -p "$target.new/packages"
# Whoever reads packages for apt has no business in this folder: they are fetched by who runs this.
options=(-qq -o APT::Sandbox::User="$(id -un)")
fetch() {
    cd "$target.new/packages"
    if [ -n "${SUITE:-}" ]; then # read apart: what this machine installs from stays as it is
        mkdir -p lists/partial cache/archives/partial
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
            "${DEBIAN_MIRROR:-http://deb.debian.org/debian} $SUITE main" >sources.list
        options+=(-o Dir::Etc::SourceList="$PWD/sources.list" -o Dir::Etc::SourceParts=/nonexistent
            -o Dir::State::Lists="$PWD/lists" -o Dir::Cache="$PWD/cache")
        apt-get "${options[@]}" update
    fi
    apt-get "${options[@]}" download "$@"
}
if ! (set -e; fetch "$@") >"$target.log" 2>&1; then
    tail -n 20 "$target.log" >&2
    echo "The tests run $program: apt-get could not fetch $* (apt-get update, as root, then again)." >&2
    exit 1
fi
for package in "$target.new"/packages/*.deb; do
    dpkg-deb --extract "$package" "$target.new"
done
chmod u-s "$target.new/$program" # it serves as whoever starts it
rm -rf "$target.new/packages" "$target"
mv "$target.new" "$target"
