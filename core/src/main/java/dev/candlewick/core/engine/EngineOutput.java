package dev.candlewick.core.engine;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.model.QualityEvent;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.quality.QualityOutput;

/** Receives what the engine publishes, in the order in which it is decided. */
public interface EngineOutput extends QualityOutput {
    /** A candle or a revision of one. */
    void candle(Candle candle);

    /** A rolling VWAP row or a revision of one. */
    void vwap(VwapRow row);

    /** Two accepted trades have one id and two contents; nothing by default. */
    default void idConflict() {}

    /** A finding; nothing by default, for those who look at candles only. */
    @Override
    default void event(QualityEvent event) {}

    /** A minute's report; nothing by default. */
    @Override
    default void report(MinuteReport report) {}
}
