#!/usr/bin/env bash
# Runs generated programs under mgo and real Go until SECONDS are over; a program whose outputs differ is kept.
#   fuzz/compare.sh SECONDS [SEED]
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: fuzz/compare.sh SECONDS [SEED]}
seed=${2:-1}
go=${MGO_GO:-go}
command -v "$go" >/dev/null || { echo "programs: skipped, no Go toolchain (set MGO_GO)"; exit 0; }
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off
mkdir -p fuzz/crashes
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
end=$((SECONDS + seconds)) n=0 bad=0 slow=0

# limited FILE COMMAND...: runs it with its output in FILE; false if it takes more than a minute.
limited() {
    local out=$1 status=0
    shift
    timeout 60 "$@" >"$out" 2>&1 || status=$?
    [ $status -ne 124 ]
}

while [ $SECONDS -lt $end ]; do
    seed=$((seed + 1))
    target/debug/generate "$seed" 60 >"$work/p.go"
    # What does not end in time, on either side, says nothing: the machine may be busy.
    limited "$work/go.out" "$go" run "$work/p.go" && limited "$work/mgo.out" target/debug/mgo run "$work/p.go" || {
        slow=$((slow + 1))
        continue
    }
    n=$((n + 1))
    if ! cmp -s "$work/go.out" "$work/mgo.out"; then
        bad=$((bad + 1))
        cp "$work/p.go" "fuzz/crashes/program-$seed.go"
        echo "program $seed differs: fuzz/crashes/program-$seed.go"
        diff "$work/go.out" "$work/mgo.out" | head -n 4 || true
    fi
done
echo "programs: $n compared with real Go, $bad differ; $slow took too long"
[ $bad -eq 0 ]
