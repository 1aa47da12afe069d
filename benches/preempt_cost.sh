#!/usr/bin/env bash
# What a loop pays for being preemptible: the same programs under mgo as it is and under a build whose
# back-edges do not look at the guard word (feature `unpreemptible` of mgo-vm, for this measurement only),
# run in turns. Prints the shortest time of each and the ratio.
set -euo pipefail
cd "$(dirname "$0")/.."
rounds=${1:-15}

cargo build --release --quiet
cp target/release/mgo target/mgo-preemptible
cargo build --release --quiet --features mgo-vm/unpreemptible
cp target/release/mgo target/mgo-unpreemptible
cargo build --release --quiet

for program in sum collatz primes tight; do
    for build in preemptible unpreemptible; do
        echo 999999 > "target/$build.ms"
    done
    for _ in $(seq "$rounds"); do
        for build in preemptible unpreemptible; do
            start=$(date +%s%N)
            "target/mgo-$build" run "benches/programs/$program.mgo" >/dev/null
            ms=$((($(date +%s%N) - start) / 1000))
            [ "$ms" -lt "$(cat "target/$build.ms")" ] && echo "$ms" > "target/$build.ms" || true
        done
    done
    a=$(cat target/preemptible.ms) b=$(cat target/unpreemptible.ms)
    awk -v p="$program" -v a="$a" -v b="$b" \
        'BEGIN { printf "%-10s preemptible %8.1f ms  not %8.1f ms  ratio %.3f\n", p, a/1000, b/1000, a/b }'
done
