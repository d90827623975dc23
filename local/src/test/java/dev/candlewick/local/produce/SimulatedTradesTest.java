package dev.candlewick.local.produce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.validate.TradeField;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SimulatedTradesTest {

    private static final int PER_SECOND = 200;
    private static final int SECONDS = 60;

    /** The messages of a minute, in their order of arrival. */
    private static List<SimulatedTrades.Message> minute(long seed) {
        SimulatedTrades trades = new SimulatedTrades(seed, PER_SECOND);
        List<SimulatedTrades.Message> messages = new ArrayList<>();
        for (SimulatedTrades.Message message = trades.next();
                message.sendNanos() < TimeUnit.SECONDS.toNanos(SECONDS);
                message = trades.next()) {
            messages.add(message);
        }
        return messages;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, -7, Long.MAX_VALUE})
    void isTheSameForTheSameSeedOnly(long seed) {
        assertThat(minute(seed)).isEqualTo(minute(seed)).isNotEqualTo(minute(seed + 1));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, -7, Long.MAX_VALUE})
    void isSteadyAndSlightlyOutOfOrder(long seed) {
        List<SimulatedTrades.Message> messages = minute(seed);

        Map<Long, Integer> perSecond = new HashMap<>();
        long latestEvent = 0;
        long previousSend = 0;
        long worstNanos = 0;
        Set<Long> numbers = new HashSet<>();
        int repeated = 0;
        for (SimulatedTrades.Message message : messages) {
            assertThat(message.sendNanos()).isGreaterThanOrEqualTo(previousSend);
            assertThat(message.sendNanos()).isGreaterThan(message.eventNanos());
            previousSend = message.sendNanos();
            worstNanos = Math.max(worstNanos, latestEvent - message.eventNanos());
            latestEvent = Math.max(latestEvent, message.eventNanos());
            perSecond.merge(TimeUnit.NANOSECONDS.toSeconds(message.sendNanos()), 1, Integer::sum);
            repeated += numbers.add(message.number()) ? 0 : 1;
        }

        assertThat(perSecond).hasSize(SECONDS);
        assertThat(perSecond.values()).allSatisfy(count -> assertThat(count).isBetween(180, 220));
        // Inside the out-of-orderness of every feed, so nothing is late.
        assertThat(worstNanos).isBetween(TimeUnit.MILLISECONDS.toNanos(100), TimeUnit.MILLISECONDS.toNanos(700));
        assertThat(repeated).isBetween(messages.size() / 400, messages.size() / 100);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, -7, Long.MAX_VALUE})
    void numbersTheTradesOfAVenueAndSymbolWithoutHoles(long seed) {
        Map<String, Set<Long>> ids = new HashMap<>();
        Map<Long, SimulatedTrades.Message> firsts = new HashMap<>();
        for (SimulatedTrades.Message message : minute(seed)) {
            SimulatedTrades.Message first = firsts.putIfAbsent(message.number(), message);
            if (first != null) {
                TradeFields repeat = message.fields(0);
                TradeFields original = first.fields(0);
                for (TradeField field : TradeField.values()) {
                    if (field != TradeField.RECV_TIME_NS) {
                        assertThat(repeat.get(field)).as(field.name()).isEqualTo(original.get(field));
                    }
                }
                continue;
            }
            ids.computeIfAbsent(message.venue() + '|' + message.symbol(), key -> new HashSet<>())
                    .add(message.id());
            assertThat(new BigDecimal(message.price())).isPositive();
            assertThat(new BigDecimal(message.size())).isPositive();
        }
        assertThat(ids).hasSize(20);
        // The last ones may be under way when the minute is over.
        ids.forEach((instrument, of) -> {
            long highest = of.stream().mapToLong(Long::longValue).max().orElse(0);
            assertThat(highest - of.size()).as(instrument).isBetween(0L, 4L);
        });
    }
}
