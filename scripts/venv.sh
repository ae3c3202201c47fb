#!/usr/bin/env bash
# Makes .venv with the given Python; on Debian as root, installs python3-venv where it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
python=$1

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "Signet needs Python 3.11 or newer; name one: make PYTHON=python3.12 …" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    scripts/install.sh "Python's venv module is missing" "$version"
fi
"$python" -m venv .venv
