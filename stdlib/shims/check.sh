#!/bin/sh
# Runs test programs with Go's own packages and with mgo's sources; both must print the same.
# usage: check.sh test.mgo ...   (GO names the go command; UPDATE=1 writes the .out files)
here=$(cd "$(dirname "$0")" && pwd)
GO=${GO:-go}
out=${OUT:-/tmp/stdx}
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off
python3 "$here/gen.py" "$out" "$@" || exit 1
fail=0
for t in "$@"; do
    n=$(basename "$t" .mgo)
    (cd "$out" && $GO build -o "bin/real_$n" "./cmd/real/$n" && $GO build -o "bin/ours_$n" "./cmd/ours/$n") || { fail=1; continue; }
    (cd "$out" && timeout 120 "bin/real_$n" >"bin/$n.real" 2>&1; echo "exit $?" >>"bin/$n.real")
    (cd "$out" && timeout 120 "bin/ours_$n" >"bin/$n.ours" 2>&1; echo "exit $?" >>"bin/$n.ours")
    [ -n "$UPDATE" ] && sed '$d' "$out/bin/$n.real" >"${t%.mgo}.out"
    if cmp -s "$out/bin/$n.real" "$out/bin/$n.ours"; then
        echo "ok   $n"
    else
        echo "FAIL $n"; diff -a "$out/bin/$n.real" "$out/bin/$n.ours" | head -${LINES_MAX:-20}; fail=1
    fi
done
exit $fail
