package dev.candlewick.core.quality;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;

/** Receives findings in the order in which they become final. */
public interface QualityOutput {
    /** A finding. */
    void event(QualityEvent event);

    /** The report of an instrument's minute, behind its events. */
    void report(MinuteReport report);
}
