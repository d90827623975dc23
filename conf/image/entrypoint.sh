#!/usr/bin/env bash
# What a container of the image candlewick runs:
#
#   job [option of the job]…        JobManager and the job, in application mode
#   taskmanager                     a TaskManager
#   anything else                   the candlewick command, for example: lake publish --lake /var/lib/candlewick/lake
#   /path, bash, sh …               a program: what the Flink operator for Kubernetes starts
#
# Writable must be, where the root file system is not: /opt/flink/conf and /opt/flink/log (small, in memory), /tmp,
# /var/lib/candlewick/state (checkpoints and savepoints, kept), /var/lib/candlewick/work (RocksDB and spill files),
# /var/lib/candlewick/lake.
#
#   CANDLEWICK_RESTORE   where the job begins: latest (default; the newest complete checkpoint or savepoint, or without state
#                        where there is none), none, or the path of one
#   FLINK_PROPERTIES     keys of Flink that differ from the image's, one "key: value" to a line
set -euo pipefail

readonly FLINK_HOME="${FLINK_HOME:-/opt/flink}"
readonly CONF="${CANDLEWICK_FLINK_CONF:-/opt/candlewick/flink-conf}"
readonly STATE="${CANDLEWICK_STATE:-/var/lib/candlewick/state}"
readonly FLINK_ENTRYPOINT="${CANDLEWICK_FLINK_ENTRYPOINT:-/docker-entrypoint.sh}"
# One job to a cluster: without high availability Flink gives it this id, and its checkpoints lie below it.
readonly JOB_ID=00000000000000000000000000000000
readonly MAIN=dev.candlewick.jobs.streaming.StreamingJob
restore="${CANDLEWICK_RESTORE:-latest}"
# CANDLEWICK_… is also how options of the job are set; what only this script reads must not look like one.
unset CANDLEWICK_RESTORE CANDLEWICK_FLINK_CONF CANDLEWICK_STATE CANDLEWICK_FLINK_ENTRYPOINT

# Flink's own entry point writes into its configuration, so it gets a copy.
configuration() {
    cp "$CONF"/* "$FLINK_HOME/conf/" || {
        printf 'entrypoint: %s/conf must be writable, was not\n  Fix: mount memory there (docker: --tmpfs).\n' "$FLINK_HOME" >&2
        exit 4
    }
    mkdir -p /var/lib/candlewick/work/tmp /var/lib/candlewick/work/rocksdb 2>/dev/null || true
}

# The newest state that is complete: a directory has _metadata only when all of its files are there.
newest() {
    local metadata
    # By time and not by number: a savepoint has none, and a run from an old savepoint counts on from there.
    metadata="$(find "$STATE/checkpoints/$JOB_ID" "$STATE/savepoints" -name _metadata -printf '%T@ %h\n' 2>/dev/null \
        | sort -rn | head -n 1 | cut -d ' ' -f 2-)" || true
    printf '%s' "$metadata"
}

case "${1:-help}" in
    job)
        shift
        configuration
        unset CANDLEWICK_SKIP_BUILD CANDLEWICK_HOME
        from=()
        case "$restore" in
            none) ;;
            latest)
                path="$(newest)"
                if [[ -n "$path" ]]; then from=(--fromSavepoint "file://$path"); fi
                ;;
            *) from=(--fromSavepoint "$restore") ;;
        esac
        printf 'entrypoint: the job begins %s\n' "${from[1]:-without state}" >&2
        exec "$FLINK_ENTRYPOINT" standalone-job --job-classname "$MAIN" --job-id "$JOB_ID" ${from[@]+"${from[@]}"} "$@"
        ;;
    taskmanager)
        configuration
        # conf/config.yaml keeps a TaskManager on its own machine; here the others must reach it, and a pod has no name
        # that they could resolve.
        address="$(hostname -i | cut -d ' ' -f 1)"
        export FLINK_PROPERTIES="${FLINK_PROPERTIES:+$FLINK_PROPERTIES$'\n'}taskmanager.host: $address"
        exec "$FLINK_ENTRYPOINT" "$@"
        ;;
    /* | bash | sh)
        exec "$@"
        ;;
    kubernetes-jobmanager.sh | kubernetes-taskmanager.sh | standalone-job | jobmanager)
        # The Flink operator brings its own configuration, as a volume.
        exec "$FLINK_ENTRYPOINT" "$@"
        ;;
    *)
        exec /opt/candlewick/candlewick "$@"
        ;;
esac
