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
end=$((SECONDS + seconds)) n=0 bad=0
while [ $SECONDS -lt $end ]; do
    seed=$((seed + 1))
    target/debug/generate "$seed" 60 >"$work/p.go"
    timeout 60 "$go" run "$work/p.go" >"$work/go.out" 2>&1 || true
    timeout 60 target/debug/mgo run "$work/p.go" >"$work/mgo.out" 2>&1 || true
    n=$((n + 1))
    if ! cmp -s "$work/go.out" "$work/mgo.out"; then
        bad=$((bad + 1))
        cp "$work/p.go" "fuzz/crashes/program-$seed.go"
        echo "program $seed differs: fuzz/crashes/program-$seed.go"
        diff "$work/go.out" "$work/mgo.out" | head -n 4 || true
    fi
done
echo "programs: $n compared with real Go, $bad differ"
[ $bad -eq 0 ]
