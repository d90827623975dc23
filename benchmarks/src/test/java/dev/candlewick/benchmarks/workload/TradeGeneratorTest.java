package dev.candlewick.benchmarks.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.candlewick.connectors.format.BinaryEncoder;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.time.Intervals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TradeGeneratorTest {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private static TradeWorkload workload(long seed) {
        return new TradeWorkload(seed, 200_000, 25, 0.8, 0.1, 0.005, 4);
    }

    private static List<Trade> trades(TradeWorkload workload) {
        TradeGenerator generator = new TradeGenerator(workload);
        List<Trade> trades = new ArrayList<>();
        for (Trade trade = generator.next(); trade != null; trade = generator.next()) {
            trades.add(trade.copy());
        }
        return trades;
    }

    @Test
    void equalSeedsGiveEqualBytesAndOthersDoNot() {
        BinaryEncoder encoder = new BinaryEncoder();
        int[] hashes = new int[3];
        long[] seeds = {7, 7, 8};
        for (int i = 0; i < seeds.length; i++) {
            for (Trade trade : trades(workload(seeds[i]))) {
                hashes[i] = 31 * hashes[i] + Arrays.hashCode(encoder.encode(trade));
            }
        }
        assertThat(hashes[0]).isEqualTo(hashes[1]).isNotEqualTo(hashes[2]);
    }

    @Test
    void idsOfASymbolAreContiguousAndCopiesRepeatThem() {
        TradeWorkload workload = workload(1);
        TradeGenerator generator = new TradeGenerator(workload);
        Map<String, Map<Long, Trade>> seen = new HashMap<>();
        long copies = 0;
        long highWaterNanos = 0;
        long disordered = 0;
        long records = 0;
        for (Trade trade = generator.next(); trade != null; trade = generator.next()) {
            Map<Long, Trade> ofSymbol = seen.computeIfAbsent(trade.instrument.symbol(), s -> new HashMap<>());
            Trade original = ofSymbol.putIfAbsent(trade.idNumber, trade.copy());
            if (original == null) {
                assertThat(trade.idNumber).isEqualTo(ofSymbol.size());
            } else {
                copies++;
                assertThat(trade.eventTimeNanos).isEqualTo(original.eventTimeNanos);
                assertThat(trade.priceScaled).isEqualTo(original.priceScaled);
                assertThat(trade.sizeScaled).isEqualTo(original.sizeScaled);
                assertThat(trade.placePosition).isGreaterThan(original.placePosition);
            }
            assertThat(trade.placePosition).isEqualTo(records++);
            assertThat(trade.priceScaled).isPositive();
            assertThat(trade.sizeScaled).isPositive();
            assertThat(trade.eventTimeNanos)
                    .isLessThanOrEqualTo(trade.receiveTimeNanos)
                    .isGreaterThan(highWaterNanos - SECOND_NANOS);
            disordered += trade.eventTimeNanos < highWaterNanos ? 1 : 0;
            highWaterNanos = Math.max(highWaterNanos, trade.eventTimeNanos);
        }
        assertThat(records).isEqualTo(workload.records());
        assertThat(copies).isEqualTo(generator.copiesMade());
        assertThat((double) copies / records).isCloseTo(0.005, within(0.0005));
        assertThat(disordered).isBetween(records / 100, records / 2);
        assertThat(seen).hasSize(25);
        assertThat(seen.get("AAAUSDT"))
                .hasSizeGreaterThan(5 * seen.get("AAYUSDT").size());
    }

    @Test
    void eventTimeSpansWhatTheWantedCandlesNeed() {
        Set<String> candles = new HashSet<>();
        Set<String> distinct = new HashSet<>();
        for (Trade trade : trades(workload(3))) {
            distinct.add(trade.instrument.symbol() + trade.idNumber);
            for (int i = 0; i < Intervals.DEFAULT.count(); i++) {
                candles.add(trade.instrument.symbol() + i + "|"
                        + Intervals.DEFAULT.get(i).startOf(trade.eventTimeNanos));
            }
        }
        assertThat((double) candles.size() / distinct.size()).isCloseTo(0.1, within(0.005));
    }

    @Test
    void allProblemsOfAWorkloadAreNamedAtOnce() {
        assertThatThrownBy(() -> new TradeWorkload(1, 10, 0, -1, 7, 0.9, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(
                        "trades must be at least 1000, was 10",
                        "symbols must lie in 1..17576, was 0",
                        "skew must lie in 0..3, was -1.0",
                        "candles-per-trade must lie in 0.001..5.5, was 7.0",
                        "copies must lie in 0..0.5, was 0.9",
                        "partitions must lie in 1..1000, was 0");
    }
}
