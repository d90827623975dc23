#!/usr/bin/env bash
# Exit code 0 if the process of this container is well; for health checks, which must not need curl.
#
#   healthy.sh job           the JobManager answers and its job runs
#   healthy.sh taskmanager   the TaskManager answers with its metrics
set -euo pipefail

# get HOST PORT PATH: a plain HTTP answer, read to its end: a reader that left early would end this as a failure.
get() {
    exec 3<>"/dev/tcp/$1/$2"
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$3" "$1" >&3
    cat <&3
    exec 3<&-
}

case "${1:-}" in
    job) get 127.0.0.1 "${REST_PORT:-8081}" /jobs/overview | grep -c '"state":"RUNNING"' >/dev/null ;;
    taskmanager)
        # Whether the JobManager knows it is seen there: a job without its slots does not run.
        get 127.0.0.1 "${METRICS_PORT:-9249}" /metrics | grep -c '^flink_taskmanager_Status_JVM_' >/dev/null
        ;;
    *)
        printf 'healthy.sh: the process must be job or taskmanager, was %s\n' "${1:-nothing}" >&2
        exit 2
        ;;
esac
