package dev.candlewick.local.doctor;

import java.util.Set;

/**
 * Looks for some problems; a check has no state, only reads, and may be called from any thread.
 *
 * @param name area and subject, such as {@code kafka.topics}
 * @param reads what it looks at, for people
 * @param problems what it may find, and nothing else
 * @param work does it
 */
record Check(String name, String reads, Set<Problem> problems, Work work) {
    Check {
        problems = Set.copyOf(problems);
    }

    /** What a check does. */
    @FunctionalInterface
    interface Work {
        /**
         * Looks at the patient.
         *
         * @throws NotApplicable where there is nothing to look at
         * @throws Exception where looking failed, which is told as such
         */
        void look(Patient patient, Report report) throws Exception;
    }

    /** There is nothing to look at: not given, not running, or not known on this system. */
    static final class NotApplicable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotApplicable(String reason) {
            super(reason, null, false, false);
        }
    }
}
