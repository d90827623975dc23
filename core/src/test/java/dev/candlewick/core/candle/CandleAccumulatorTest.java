package dev.candlewick.core.candle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.TradeHash;
import dev.candlewick.core.number.Int128;
import dev.candlewick.core.state.CompactOutput;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The accumulator is commutative and associative to the last bit, and stops where a sum leaves 38 digits. */
class CandleAccumulatorTest {
    private static final Instrument INSTRUMENT = Instrument.ofVenue("alpha", "BTC-USD", 2, 0);
    private static final int SEEDS = 500;

    private final TradeHash hash = new TradeHash();

    @Test
    void anyOrderAndAnyMergeGiveTheSameBits() {
        for (long seed = 1; seed <= SEEDS; seed++) {
            Random random = new Random(seed);
            List<Trade> trades = new ArrayList<>();
            for (int i = 0; i < 2 + random.nextInt(30); i++) {
                // Few times, ids and places, so that every part of the order decides and ties occur.
                trades.add(trade(random.nextInt(4), random.nextInt(3), random.nextInt(3), random));
            }
            byte[] expected = bits(sum(trades));

            Collections.shuffle(trades, random);
            assertThat(bits(sum(trades))).as("order, seed %s", seed).isEqualTo(expected);

            List<CandleAccumulator> parts = new ArrayList<>();
            for (int from = 0; from < trades.size(); ) {
                int to = Math.min(trades.size(), from + 1 + random.nextInt(5));
                parts.add(sum(trades.subList(from, to)));
                from = to;
            }
            Collections.shuffle(parts, random);
            while (parts.size() > 1) {
                // Any two of them, in any grouping.
                CandleAccumulator left = parts.remove(random.nextInt(parts.size()));
                left.merge(parts.remove(random.nextInt(parts.size())), 0);
                parts.add(left);
            }
            assertThat(bits(parts.get(0))).as("merge, seed %s", seed).isEqualTo(expected);
        }
    }

    @Test
    void theDigestTellsTradesApart() {
        CandleAccumulator one = sum(List.of(trade(0, 1, 0, new Random(1))));
        CandleAccumulator other = sum(List.of(trade(0, 2, 0, new Random(1))));
        assertThat(one.digest()).isNotEqualTo(other.digest()).isNotEqualTo(Int128.ZERO);
    }

    @Test
    void sumsStopBelowTenToThe38() {
        long huge = 1_000_000_000_000_000_000L;
        CandleAccumulator sums = new CandleAccumulator();
        for (int i = 0; i < 99; i++) {
            add(sums, huge, huge);
        }
        add(sums, huge - 1, huge + 1);
        assertThat(sums.notional().toBigInteger())
                .isEqualTo(BigInteger.TEN.pow(38).subtract(BigInteger.ONE));

        assertThatThrownBy(() -> add(sums, 1, 1))
                .isInstanceOf(SumOverflowException.class)
                .hasMessageContaining("notional must stay below 10^38");
    }

    private CandleAccumulator sum(List<Trade> trades) {
        CandleAccumulator sums = new CandleAccumulator();
        for (Trade trade : trades) {
            hash.identity(trade);
            sums.add(trade, hash);
        }
        return sums;
    }

    private void add(CandleAccumulator sums, long price, long size) {
        Trade trade = trade(0, 0, 0, new Random(0));
        trade.priceScaled = price;
        trade.sizeScaled = size;
        hash.identity(trade);
        sums.add(trade, hash);
    }

    private static Trade trade(long time, int id, int place, Random random) {
        Trade trade = new Trade();
        trade.instrument = INSTRUMENT;
        trade.eventTimeNanos = time;
        trade.setId(List.of("", "9", "x").get(id));
        trade.placePosition = place;
        trade.priceScaled = 1 + random.nextInt(3);
        trade.sizeScaled = 1 + (random.nextLong() >>> 2);
        return trade;
    }

    private static byte[] bits(CandleAccumulator sums) {
        CompactOutput bytes = new CompactOutput();
        sums.write(bytes, 0, 0);
        return bytes.toBytes();
    }
}
