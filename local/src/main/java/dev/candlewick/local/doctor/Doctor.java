package dev.candlewick.local.doctor;

import dev.candlewick.connectors.kafka.preflight.KafkaTrouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Runs checks side by side, all of them within one time limit. */
final class Doctor {
    /** The time after which what has not answered is told as such. */
    static final Duration LIMIT = Duration.ofSeconds(9);

    /** Every check there is. */
    static final List<Check> CHECKS = Stream.of(
                    ConfigurationChecks.ALL,
                    HostChecks.ALL,
                    BuildChecks.ALL,
                    KafkaChecks.ALL,
                    FlinkChecks.ALL,
                    LakeChecks.ALL,
                    SecretChecks.ALL)
            .flatMap(List::stream)
            .toList();

    private Doctor() {}

    /** How a check ended. */
    enum Status {
        /** Nothing wrong. */
        OK,
        /** Something wrong. */
        FOUND,
        /** Nothing to look at. */
        SKIPPED,
        /** No answer in time, or looking failed. */
        UNANSWERED
    }

    /**
     * What became of a check.
     *
     * @param reason why it was skipped or not answered, else empty
     */
    record Result(Check check, Status status, String reason, List<Finding> findings) {}

    /**
     * What was found.
     *
     * @param results one for each check, in their order
     */
    record Diagnosis(List<Result> results) {
        /** All findings, the gravest first. */
        List<Finding> findings() {
            return results.stream()
                    .flatMap(result -> result.findings().stream())
                    .sorted(Comparator.comparing(
                                    (Finding finding) -> finding.problem().severity())
                            .thenComparing(finding -> finding.problem().code()))
                    .toList();
        }

        /** How many checks ended so. */
        long count(Status status) {
            return results.stream().filter(result -> result.status() == status).count();
        }
    }

    /** Looks at a patient; returns within the limit. */
    static Diagnosis examine(Patient patient, List<Check> checks, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        // A thread for each: most of them wait for somebody else, and one that hangs must not hold up the others.
        ExecutorService threads = Executors.newCachedThreadPool(work -> {
            Thread thread = new Thread(work, "doctor");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Report> reports = checks.stream().map(Report::new).toList();
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < checks.size(); i++) {
                Check check = checks.get(i);
                Report report = reports.get(i);
                running.add(threads.submit(() -> {
                    check.work().look(patient, report);
                    return null;
                }));
            }
            List<Result> results = new ArrayList<>();
            for (int i = 0; i < checks.size(); i++) {
                results.add(await(checks.get(i), reports.get(i), running.get(i), deadline, limit));
            }
            return new Diagnosis(List.copyOf(results));
        } finally {
            threads.shutdownNow();
        }
    }

    private static Result await(Check check, Report report, Future<?> work, long deadline, Duration limit) {
        String unanswered;
        try {
            work.get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            return new Result(check, report.findings().isEmpty() ? Status.OK : Status.FOUND, "", report.findings());
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof Check.NotApplicable nothing) {
                return ended(check, report, String.valueOf(nothing.getMessage()));
            }
            if (cause instanceof Kafka.Refused refused && refused.trouble().kind() == KafkaTrouble.Kind.PERMISSION) {
                // Whoever runs this may have fewer rights than the job; what the job needs is looked at by itself.
                return ended(check, report, refused.trouble().what());
            }
            unanswered = cause instanceof TimeoutException ? "no answer in time" : cause.toString();
        } catch (TimeoutException e) {
            work.cancel(true);
            unanswered = "no answer within " + limit.toSeconds() + " s";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            unanswered = "interrupted";
        }
        List<Finding> findings = new ArrayList<>(report.findings());
        findings.add(new Finding(
                Problem.CHECK_UNANSWERED,
                "check " + check.name() + " must end, did not: " + unanswered,
                check.reads(),
                Problem.CHECK_UNANSWERED.fix()));
        return new Result(check, Status.UNANSWERED, unanswered, List.copyOf(findings));
    }

    private static Result ended(Check check, Report report, String reason) {
        List<Finding> findings = report.findings();
        return new Result(check, findings.isEmpty() ? Status.SKIPPED : Status.FOUND, reason, findings);
    }
}
