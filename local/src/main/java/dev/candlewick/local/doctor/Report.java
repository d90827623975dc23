package dev.candlewick.local.doctor;

import java.util.ArrayList;
import java.util.List;

/** What one check finds; it may be read while the check still writes. */
final class Report {
    private final Check check;
    private final List<Finding> findings = new ArrayList<>();

    Report(Check check) {
        this.check = check;
    }

    /** Adds a finding with the problem's usual remedy. */
    void add(Problem problem, String what, String where) {
        add(problem, what, where, problem.fix());
    }

    /** Adds a finding with a remedy of its own. */
    synchronized void add(Problem problem, String what, String where, String fix) {
        if (!check.problems().contains(problem)) {
            throw new IllegalArgumentException(
                    "a check must find what it says it looks for, was " + problem + " (" + check.name() + ")");
        }
        findings.add(new Finding(problem, what, where, fix));
    }

    /** What was found so far. */
    synchronized List<Finding> findings() {
        return List.copyOf(findings);
    }
}
