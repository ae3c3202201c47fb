#!/usr/bin/env bash
# Makes sure that Chromium and its WebDriver are installed, for the long tests; does nothing where they are.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
if [ ${#missing[@]} -gt 0 ]; then
    scripts/install.sh "The long tests press a button in a browser" "${missing[@]}"
fi
