#!/usr/bin/env bash
# Runs a command whose temporary files lie in memory, where there is room for them: the servers of the tests make and
# throw away some thousand databases and queues. Where there is none, they lie where they always do.
set -euo pipefail

readonly PLACE=/dev/shm ROOM_KB=$((6 * 1024 * 1024))

free_kb() {
    local memory
    memory=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
    local place
    place=$(df --output=avail --block-size=1K "$PLACE" | tail -1)
    echo $((memory < place ? memory : place))
}

runs_programs() {
    printf '#!/bin/sh\n' >"$1/program" && chmod +x "$1/program" && "$1/program"
}

if [[ -w $PLACE ]] && (($(free_kb) >= ROOM_KB)); then
    folder=$(mktemp --directory "$PLACE/signet-tests-XXXXXX")
    chmod 711 "$folder"
    trap 'rm -rf "$folder"' EXIT
    if runs_programs "$folder" 2>/dev/null; then
        export TMPDIR=$folder
    fi
fi
"$@"
