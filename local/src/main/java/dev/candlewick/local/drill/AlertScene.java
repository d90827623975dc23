package dev.candlewick.local.drill;

import java.time.Duration;
import java.util.List;

/**
 * One fault, the alerts that it must make, and what their runbooks say: called in that order by one thread, each method
 * once.
 */
interface AlertScene {
    /** The alerts that must fire while the fault lasts, and end after it was mended. */
    List<String> alerts();

    /** The fault in words, for tables. */
    String fault();

    /**
     * Whether an alert is about this fault: others of the same name may be about the machine.
     *
     * @param alert of {@link #alerts}
     */
    default boolean concerns(DrillPrometheus.Alert alert) {
        return true;
    }

    /** How long the slowest of the alerts may take by the rules as written, to fire or to end. */
    default Duration slowest() {
        return Duration.ofMinutes(30);
    }

    /** How far back its rules look, as written: that much must be known before the fault. */
    default Duration history() {
        return Duration.ofMinutes(10);
    }

    /** Whether it touches neither broker nor job, and may go on beside another one. */
    default boolean isAside() {
        return false;
    }

    /** Whether the checkpoints must go to a disk of their own for it. */
    default boolean needsDisk() {
        return false;
    }

    /** Makes the fault; returns at once or when it is made. */
    void fail(AlertStage stage) throws Exception;

    /** Called again and again until all alerts fire, for a fault that must be kept up. */
    default void keepUp(AlertStage stage) throws Exception {}

    /** Does what the runbook says. */
    void mend(AlertStage stage) throws Exception;
}
