package dev.candlewick.core.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The total order of trades: a fixed ladder, transitivity, and marks that do not depend on arrival. */
class TradeOrderTest {
    private static final Instrument INSTRUMENT = Instrument.ofVenue("alpha", "BTC-USD", 2, 0);

    /** Ids in their order; the empty one stands for an absent id. */
    private static final List<String> LADDER = List.of(
            "",
            "0",
            "00",
            "007",
            "7",
            "8",
            "10",
            "999999999999999999",
            "18446744073709551615",
            "0999999999999999999999",
            "1000000000000000000000000000000000000000",
            "+5",
            "-5",
            "1a",
            "A",
            "a",
            "aa",
            "b",
            "\u00e9",
            "\uff17");

    @Test
    void idsStandByValueThenByBytes() {
        for (int left = 0; left < LADDER.size(); left++) {
            for (int right = 0; right < LADDER.size(); right++) {
                Trade a = trade(LADDER.get(left), 1, 0, 0, 1, 1);
                Trade b = trade(LADDER.get(right), 1, 0, 0, 1, 1);
                assertThat(Integer.signum(TradeOrder.compare(a, b)))
                        .as("'%s' against '%s'", LADDER.get(left), LADDER.get(right))
                        .isEqualTo(Integer.signum(Integer.compare(left, right)));
            }
        }
    }

    @Test
    void anAbsentSequenceStandsBeforeAnyAndTheIdDecidesOnlyBehindIt() {
        Trade without = trade("9", 1, 0, 0, 1, 1);
        Trade lowest = trade("1", 1, 0, 0, 1, 1);
        lowest.hasSequence = true;
        lowest.sequence = Long.MIN_VALUE;
        assertThat(TradeOrder.compare(without, lowest)).isNegative();
    }

    @Test
    void placeThenPriceThenSizeDecideTheRest() {
        assertThat(TradeOrder.compare(trade("1", 1, 0, 5, 9, 9), trade("1", 1, 1, 0, 1, 1)))
                .isNegative();
        assertThat(TradeOrder.compare(trade("1", 1, 0, 5, 9, 9), trade("1", 1, 0, 6, 1, 1)))
                .isNegative();
        assertThat(TradeOrder.compare(trade("1", 1, 0, 5, 1, 9), trade("1", 1, 0, 5, 2, 1)))
                .isNegative();
        assertThat(TradeOrder.compare(trade("1", 1, 0, 5, 1, 1), trade("1", 1, 0, 5, 1, 2)))
                .isNegative();
    }

    @Test
    void marksAreTheEndsOfTheOrderWhateverTheArrival() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Trade> trades = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Trade trade = trade(
                        LADDER.get(random.nextInt(LADDER.size())),
                        random.nextInt(2),
                        random.nextInt(2),
                        random.nextInt(3),
                        1 + random.nextInt(3),
                        1 + random.nextInt(3));
                trade.hasSequence = random.nextBoolean();
                trade.sequence = trade.hasSequence ? random.nextInt(2) : 0;
                trades.add(trade);
            }
            Trade first = Collections.min(trades, TradeOrder::compare);
            Trade last = Collections.max(trades, TradeOrder::compare);
            Collections.shuffle(trades, random);
            OrderMark open = mark(trades, 1);
            OrderMark close = mark(trades, -1);
            assertThat(open.priceScaled()).as("open, seed %d", seed).isEqualTo(first.priceScaled);
            assertThat(close.priceScaled()).as("close, seed %d", seed).isEqualTo(last.priceScaled);
            OrderMark left = mark(trades.subList(0, 5), 1);
            left.merge(mark(trades.subList(5, 12), 1), 1);
            assertThat(left.priceScaled()).as("merged open, seed %d", seed).isEqualTo(first.priceScaled);
            assertThat(left.isAmbiguous()).as("ambiguity, seed %d", seed).isEqualTo(open.isAmbiguous());
            long distinct = trades.stream()
                    .filter(trade -> TradeOrder.compareHead(trade, first) == 0)
                    .mapToLong(trade -> trade.priceScaled)
                    .distinct()
                    .count();
            assertThat(open.isAmbiguous()).as("ambiguous, seed %d", seed).isEqualTo(distinct > 1);
        }
    }

    private static OrderMark mark(List<Trade> trades, int direction) {
        OrderMark mark = new OrderMark();
        mark.set(trades.get(0));
        for (Trade trade : trades.subList(1, trades.size())) {
            mark.consider(trade, direction);
        }
        return mark;
    }

    private static Trade trade(String id, long timeNanos, int partition, long position, long price, long size) {
        Trade trade = new Trade();
        trade.instrument = INSTRUMENT;
        trade.eventTimeNanos = timeNanos;
        trade.setId(id);
        trade.placePartition = partition;
        trade.placePosition = position;
        trade.priceScaled = price;
        trade.sizeScaled = size;
        return trade;
    }
}
