package dev.candlewick.core.model;

/**
 * A value that the job publishes: a candle or a rolling VWAP row, which may be revised, or a finding or a report on
 * quality, which is final.
 */
public sealed interface Published permits Candle, VwapRow, QualityEvent, MinuteReport {
    /** Key of the record in its topic: parts escaped and joined by {@code |}. */
    String key();

    /** 0 for the first publication, then strictly increasing. */
    int revision();
}
