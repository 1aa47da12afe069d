#!/usr/bin/env bash
# Fuzzes lexer, parser, checker and compiler for MINUTES each, then compares generated programs with real Go as long.
#   fuzz/run.sh MINUTES [TARGET...]    targets: lexer parser checker compiler programs
# The corpus: fuzz/corpus, the project's own programs, and Go's tests where they are installed (MGO_GOTEST).
set -euo pipefail
cd "$(dirname "$0")/.."
minutes=${1:?usage: fuzz/run.sh MINUTES [TARGET...]}
shift
[ $# -gt 0 ] || set -- lexer parser checker compiler programs
seed=${SEED:-$(date +%s)}
corpus=(fuzz/corpus examples tests/run tests/fixedbugs tests/errors tests/crash)
[ -d "${MGO_GOTEST:-/usr/share/go-1.27/test}" ] && corpus+=("${MGO_GOTEST:-/usr/share/go-1.27/test}")
cargo build --quiet --workspace
status=0
for target in "$@"; do
    if [ "$target" = programs ]; then
        fuzz/compare.sh "$((minutes * 60))" "$seed" || status=1
    else
        target/debug/fuzz "$target" "$((minutes * 60))" "$seed" "${corpus[@]}" || {
            status=1
            mv "fuzz/crashes/$target-current" "fuzz/crashes/$target-$seed.go" 2>/dev/null || true
        }
    fi
done
exit $status
