#!/bin/bash
# Runs the tests that drive the program again and again, under settings that make rare things common.
#
#   tests/soak.sh ROUNDS [GROUP...]
#
# A GROUP is part of the names of tests, as in `cargo test --test suite -- GROUP`; without any, the whole suite. What
# compares with real Go takes part where MGO_GO is set, Go's own tests where MGO_GOTEST is.
# Every round runs them once under each setting. What failed is kept in target/soak/SETTING/ROUND.log, and a
# table stands at the end; the exit status is 1 if a test failed.
#
#   MGO_BIN=path        the program under test; otherwise the release is built
#   SOAK_SUITE=path     the suite, built before (target/debug/deps/suite-…); otherwise it is built
#   SOAK_SETTINGS=...   settings, one a word (commas join several variables): "GOMAXPROCS=1 GOMAXPROCS=4,MGO_STRESS=mark"
#   SOAK_THREADS=4      programs at a time
#   SOAK_PATIENCE=20    how many times longer time limits are than in the suite
#   SOAK_STOP=1         stop after the first round and setting with a failure
#   SOAK_UNTIL=17:30    begin no round under a setting after that time of day
set -u
cd "$(dirname "$0")/.." || exit 2
rounds=${1:?usage: tests/soak.sh ROUNDS [GROUP...]}
shift
groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=("")
settings=${SOAK_SETTINGS:-"GOMAXPROCS=1 GOMAXPROCS=2 GOMAXPROCS=4 GOMAXPROCS=16 MGODEBUG=gcstress=1 MGO_STRESS=mark"}
until=
if [ -n "${SOAK_UNTIL:-}" ]; then
    until=$(date -d "$SOAK_UNTIL" +%s) || exit 2
    # The next time that the clock shows it, be it tomorrow.
    [ "$until" -gt "$(date +%s)" ] || until=$((until + 86400))
fi
export MGO_TEST_PATIENCE=${SOAK_PATIENCE:-20}

if [ -z "${MGO_BIN:-}" ]; then
    cargo build --release || exit 2
    MGO_BIN=$PWD/target/release/mgo
fi
# A copy, so that a build meanwhile does not change what is tested.
mkdir -p target/soak
cp "$MGO_BIN" target/soak/mgo || exit 2
export MGO_BIN=$PWD/target/soak/mgo
suite=${SOAK_SUITE:-$(cargo test --test suite --no-run --message-format=json |
    grep -o '"executable":"[^"]*/suite-[^"]*"' | tail -1 | cut -d'"' -f4)}
[ -x "$suite" ] || { echo "the suite was not built" >&2; exit 2; }
cp "$suite" target/soak/suite

declare -A runs passed failed seconds
for setting in $settings; do
    runs[$setting]=0 passed[$setting]=0 failed[$setting]=0 seconds[$setting]=0
done
stopped=
for ((round = 1; round <= rounds; round++)); do
    for setting in $settings; do
        [ -z "$stopped" ] || continue
        [ -z "$until" ] || [ "$(date +%s)" -lt "$until" ] || continue
        dir=target/soak/$setting
        mkdir -p "$dir"
        log=$dir/$round.log
        start=$SECONDS
        : >"$log"
        for group in "${groups[@]}"; do
            MGO_TEST_ENV=${setting//,/ } target/soak/suite --test-threads="${SOAK_THREADS:-4}" --skip tidy: ${group:+"$group"} >>"$log" 2>&1
        done
        bad=$(grep -c '^test .* \.\.\. FAILED$' "$log")
        good=$(grep -c '^test .* \.\.\. ok$' "$log")
        runs[$setting]=$((runs[$setting] + 1))
        passed[$setting]=$((passed[$setting] + good))
        failed[$setting]=$((failed[$setting] + bad))
        seconds[$setting]=$((seconds[$setting] + SECONDS - start))
        if [ "$good" -eq 0 ] || [ "$bad" -gt 0 ]; then
            echo "round $round, $setting: $bad failed, see $log"
            sed -n 's/^test \(.*\) \.\.\. FAILED$/    \1/p' "$log"
            [ "$good" -gt 0 ] || failed[$setting]=$((failed[$setting] + 1))
            [ -z "${SOAK_STOP:-}" ] || stopped=1
        fi
    done
done

status=0
printf '%-32s %7s %9s %7s %9s\n' setting rounds passed failed seconds
for setting in $settings; do
    printf '%-32s %7d %9d %7d %9d\n' "$setting" "${runs[$setting]}" "${passed[$setting]}" "${failed[$setting]}" "${seconds[$setting]}"
    [ "${failed[$setting]}" -eq 0 ] || status=1
done
exit $status
