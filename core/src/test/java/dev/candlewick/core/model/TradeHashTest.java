package dev.candlewick.core.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The trade hash sees venue, symbol, id, event time, price and size, and nothing else. */
class TradeHashTest {
    @Test
    void scaleDoesNotMatterButEveryPartOfTheIdentityDoes() {
        String at2 = hash(Instrument.ofVenue("v", "s", 2, 0), trade -> {});
        String at12 = hash(Instrument.ofVenue("v", "s", 12, 8), trade -> {
            trade.priceScaled = 15 * 100_000_000_000L;
            trade.sizeScaled = 7 * 100_000_000L;
        });
        assertThat(at12).isEqualTo(at2);
        Instrument base = Instrument.ofVenue("v", "s", 2, 0);
        assertThat(hash(Instrument.consolidated("v", "s", 2, 0), trade -> {})).isEqualTo(at2);
        Set<String> different = new HashSet<>();
        different.add(at2);
        different.add(hash(Instrument.ofVenue("w", "s", 2, 0), trade -> {}));
        different.add(hash(Instrument.ofVenue("v", "S", 2, 0), trade -> {}));
        different.add(hash(Instrument.ofVenue("vs", "", 2, 0), trade -> {}));
        different.add(hash(base, trade -> trade.setId("8")));
        different.add(hash(base, trade -> trade.setId("007")));
        different.add(hash(base, Trade::clearId));
        different.add(hash(base, trade -> trade.eventTimeNanos++));
        different.add(hash(base, trade -> trade.priceScaled++));
        different.add(hash(base, trade -> trade.sizeScaled++));
        assertThat(different).hasSize(10);
    }

    @Test
    void placeSequenceAndClocksDoNotMatter() {
        Instrument instrument = Instrument.ofVenue("v", "s", 2, 0);
        assertThat(hash(instrument, trade -> {
                    trade.placePartition = 3;
                    trade.placePosition = 9;
                    trade.hasSequence = true;
                    trade.sequence = 4;
                    trade.receiveTimeNanos = 5;
                    trade.side = "buy";
                }))
                .isEqualTo(hash(instrument, trade -> {}));
    }

    @Test
    void numbersOfOneInstrumentNeverShareAKeyAndNeighboursStayTogether() {
        Trade trade = new Trade();
        trade.instrument = Instrument.ofVenue("v", "s", 2, 0);
        Set<Long> keys = new HashSet<>();
        Set<Long> slots = new HashSet<>();
        int ids = 1 << 16;
        for (long stride : new long[] {1, 8, 1 << 20, 999_999_999_989L}) {
            keys.clear();
            slots.clear();
            for (long i = 0; i < ids; i++) {
                trade.setIdNumber(i * stride);
                long key = TradeHash.idKey(trade);
                keys.add(key);
                slots.add((key ^ key >>> 32) & 2L * ids - 1);
                trade.setIdNumber(i * stride ^ 7);
                assertThat(TradeHash.idKey(trade)).isEqualTo(key ^ 7);
            }
            assertThat(keys).as("stride %d", stride).hasSize(ids);
            // As spread as random slots would be, whatever the ids count by: 1 - exp(-1/2) of twice as many slots.
            assertThat(slots.size()).as("stride %d", stride).isGreaterThan((int) (0.75 * ids));
        }
    }

    /** Pins the bits: digests of old runs have to stay comparable. */
    @Test
    void bitsArePinned() {
        assertThat(hash(Instrument.ofVenue("binance", "XRP/ETH", 12, 8), trade -> {}))
                .isEqualTo("299622cc5d42eff23872b0f3052be98f");
    }

    private static String hash(Instrument instrument, Consumer<Trade> change) {
        Trade trade = new Trade();
        trade.instrument = instrument;
        trade.eventTimeNanos = 1_570_752_011_620_000_000L;
        trade.setId("7");
        trade.priceScaled = 150;
        trade.sizeScaled = 7;
        change.accept(trade);
        TradeHash hash = new TradeHash();
        hash.identity(trade);
        return "%016x%016x".formatted(hash.high(), hash.low());
    }
}
