#!/usr/bin/env bash
# What a lake needs each night. Called by cron or by candlewick-nightly.service; see docs/operating/schedule.md.
#
#   CANDLEWICK   the launcher                 (default: candlewick on the PATH)
#   LAKE         the lake's folder            (required)
#   DAY          the UTC day to look at       (default: yesterday)
#   KAFKA        the brokers whose topics are compared as well (default: none, only the lake is looked at)
#   HEAL         yes: write what reconcile can explain, within the bounds of heal (default: no)
#   METRICS      the textfile directory of the node exporter; alerts go by what is left there (default: none)
#   NOTIFY       a command or an address that is told how each step ended (default: none)
set -uo pipefail

: "${LAKE:?LAKE must be the folder of a lake}"
readonly CANDLEWICK="${CANDLEWICK:-candlewick}"
readonly DAY="${DAY:-$(date --utc --date=yesterday +%F)}"
hook=()
if [[ -n "${NOTIFY:-}" ]]; then hook=(--notify "$NOTIFY"); fi
topics=()
if [[ -n "${KAFKA:-}" ]]; then topics=(--kafka "$KAFKA"); fi
reconciled=() looked=()
if [[ -n "${METRICS:-}" ]]; then
    reconciled=(--metrics "$METRICS/candlewick-reconcile.prom")
    looked=(--metrics "$METRICS/candlewick-doctor.prom")
fi
worst=0

# Runs a step; a step that fails does not keep the others from running, and the worst exit code is the script's.
step() {
    "$CANDLEWICK" "$@" || {
        code=$?
        printf 'candlewick-nightly: %s ended with exit code %s\n' "$1" "$code" >&2
        if ((code > worst)); then worst=$code; fi
    }
}

step reconcile --lake "$LAKE" --date "$DAY" "${topics[@]}" "${hook[@]}" "${reconciled[@]}"
if [[ "${HEAL:-no}" == yes ]]; then
    step heal --lake "$LAKE" --date "$DAY" "${topics[@]}" --yes "${hook[@]}"
fi
step daily --lake "$LAKE" --date "$DAY" "${hook[@]}"
step verify --lake "$LAKE" --from "$DAY" --to "$DAY" "${hook[@]}"
step lake compact --lake "$LAKE" --from "$DAY" --to "$DAY"
if [[ -n "${METRICS:-}" ]]; then
    # What it finds is an alert of its own and no reason to call the night failed.
    "$CANDLEWICK" doctor --lake "$LAKE" "${topics[@]}" "${looked[@]}" -q || true
fi
exit "$worst"
