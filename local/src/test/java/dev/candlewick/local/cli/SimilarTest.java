package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class SimilarTest {

    private static final List<String> TOPICS =
            List.of("candles.1m", "candles.15m", "candles.1s", "trades", "trades.rejected", "vwap.5m");

    @Test
    void findsWhatWasMeant() {
        assertThat(Similar.to("trade", TOPICS)).startsWith("trades");
        assertThat(Similar.to("candels.1m", TOPICS)).startsWith("candles.1m");
        assertThat(Similar.to("VWAP.5M", TOPICS)).containsExactly("vwap.5m");
        assertThat(Similar.to("rejected", TOPICS)).containsExactly("trades.rejected");
    }

    @Test
    void findsNothingWhereNothingIsNear() {
        assertThat(Similar.to("orders", List.of("candles.1m"))).isEmpty();
        assertThat(Similar.to("x", List.of("candles.1m"))).isEmpty();
    }
}
