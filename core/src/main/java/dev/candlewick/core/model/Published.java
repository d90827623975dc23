package dev.candlewick.core.model;

/** A value that the job publishes once and revises: a candle or a rolling VWAP row. */
public sealed interface Published permits Candle, VwapRow {
    /** Key of the record in its topic: parts escaped and joined by {@code |}. */
    String key();

    /** 0 for the first publication, then strictly increasing. */
    int revision();
}
