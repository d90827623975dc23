package dev.candlewick.core.engine;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.VwapRow;

/** Receives what the engine publishes, in the order in which it is decided. */
public interface EngineOutput {
    /** A candle or a revision of one. */
    void candle(Candle candle);

    /** A rolling VWAP row or a revision of one. */
    void vwap(VwapRow row);
}
