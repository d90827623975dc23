package dev.candlewick.core.simulate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Trade;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That what labels name can be found again in the trades, by rules of this test's own. */
class MarketTruthTest {
    private static final FaultRates RATES = FaultRates.parse("10%,silence=30%,clock-skew=30%");
    private static final int WINDOW = 64;
    private static final int WINDOW_LEAST = 32;

    private static MarketSimulator market(long seed, FaultRates rates) {
        return new MarketSimulator(
                MarketSettings.of(seed).withFirehose(false).withMessagesPerSecond(200), rates, Horizon.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void holesInTheIdsOfAcceptedTradesAreThoseOfLabels(long seed) {
        MarketPartition partition = market(seed, RATES).partition(0);
        SimulatedMessage message = new SimulatedMessage();
        Map<String, TreeSet<Long>> accepted = new HashMap<>();
        Set<String> labelled = new HashSet<>();
        for (int i = 0; i < 60_000; i++) {
            partition.next(message);
            if (message.expectation == Expectation.NOT_SENT) {
                labelled.add(message.subjectVenue + "|" + message.subjectSymbol + " " + message.missingId);
            } else if (message.expectation == Expectation.LATE && message.reference < 0) {
                labelled.add(message.trade.instrument.key() + " " + message.trade.idNumber);
            } else if (message.expectation == Expectation.ACCEPTED) {
                accepted.computeIfAbsent(message.trade.instrument.key(), key -> new TreeSet<>())
                        .add(message.trade.idNumber);
            }
        }
        Set<String> holes = new HashSet<>();
        accepted.forEach((key, ids) -> {
            for (long id = ids.first(); id < ids.last(); id++) {
                if (!ids.contains(id)) {
                    holes.add(key + " " + id);
                }
            }
            labelled.removeIf(label -> label.startsWith(key + " ")
                    && (Long.parseLong(label.substring(key.length() + 1)) < ids.first()
                            || Long.parseLong(label.substring(key.length() + 1)) > ids.last()));
        });
        assertThat(holes).isEqualTo(labelled).hasSizeGreaterThan(1_000);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void venuesAreSilentInTheirWindowsAndNowhereElse(long seed) {
        MarketSimulator market = market(seed, RATES);
        MarketPartition partition = market.partition(0);
        SimulatedMessage message = new SimulatedMessage();
        Map<String, TreeSet<Long>> times = new TreeMap<>();
        while (message.sendNanos < market.settings().startNanos() + 600_000_000_000L) {
            partition.next(message);
            if (message.type == MessageType.TRADE && message.expectation != Expectation.REJECTED) {
                times.computeIfAbsent(message.trade.instrument.venue(), venue -> new TreeSet<>())
                        .add(message.trade.eventTimeNanos);
            }
        }
        long end = market.settings().startNanos() + 590_000_000_000L;
        List<String> silent = new ArrayList<>();
        times.forEach((venue, all) -> {
            Long before = null;
            for (long time : all) {
                if (before != null && time - before >= 10_000_000_000L && time < end) {
                    silent.add(venue + " " + before);
                }
                before = time;
            }
        });
        List<FaultWindow> windows = market.windows(market.settings().startNanos(), end - 40_000_000_000L).stream()
                .filter(window -> window.kind() == FaultKind.SILENCE
                        && window.fromNanos() > market.settings().startNanos() + 1_000_000_000L)
                .toList();
        assertThat(windows).isNotEmpty();
        for (FaultWindow window : windows) {
            TreeSet<Long> all = times.get(window.venue());
            assertThat(all.subSet(window.fromNanos(), window.toNanos()))
                    .as("%s", window)
                    .isEmpty();
            assertThat(all.floor(window.fromNanos())).isGreaterThan(window.fromNanos() - 3_000_000_000L);
            assertThat(all.ceiling(window.toNanos())).isLessThan(window.toNanos() + 3_000_000_000L);
        }
        // One more may stand in the last slice, and the end of one in the first.
        assertThat(silent).hasSizeBetween(windows.size(), windows.size() + 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void fatFingersStandOutAndCleanTradesDoNot(long seed) {
        MarketPartition partition = market(seed, RATES).partition(0);
        SimulatedMessage message = new SimulatedMessage();
        Map<String, ArrayDeque<Long>> trailing = new HashMap<>();
        int fat = 0;
        int found = 0;
        int clean = 0;
        int wrong = 0;
        for (int i = 0; i < 200_000; i++) {
            partition.next(message);
            if (message.expectation != Expectation.ACCEPTED) {
                continue;
            }
            Trade trade = message.trade;
            ArrayDeque<Long> window = trailing.computeIfAbsent(trade.instrument.key(), key -> new ArrayDeque<>());
            if (window.size() >= WINDOW_LEAST) {
                boolean outlier = isOutlier(window, trade.priceScaled);
                if (message.fault == FaultKind.FAT_FINGER) {
                    fat++;
                    found += outlier ? 1 : 0;
                } else if (message.fault == null) {
                    clean++;
                    wrong += outlier ? 1 : 0;
                }
            }
            window.addLast(trade.priceScaled);
            if (window.size() > WINDOW) {
                window.removeFirst();
            }
        }
        assertThat(fat).isGreaterThan(300);
        assertThat(found).as("of %s", fat).isGreaterThanOrEqualTo(fat * 99 / 100);
        assertThat(wrong).as("of %s", clean).isLessThan(clean / 1_000);
    }

    /** Ten robust deviations (1.4826 times the median of the distances) and more from the median. */
    private static boolean isOutlier(ArrayDeque<Long> window, long price) {
        long[] values = window.stream().mapToLong(Long::longValue).sorted().toArray();
        long median = values[values.length / 2];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i] - median);
        }
        Arrays.sort(values);
        long deviation = Math.max(1, values[values.length / 2]);
        return Math.abs(price - median) * 10_000 >= 148_260 * deviation;
    }
}
