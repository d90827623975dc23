package dev.candlewick.testkit.history;

import dev.candlewick.testkit.history.History.Placed;
import dev.candlewick.testkit.history.HistoryOptions.Place;
import dev.candlewick.testkit.oracle.OracleTrade;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Generates one history.
 *
 * <p>Each instrument has its own habits (ids, sequences, decimals, pace) and its own clock. A record arrives at its event
 * time plus a delay, and a partition is read in order of arrival. A delay of at most out-of-orderness + lateness is never
 * late: all that was read before has an event time up to the arrival.
 */
final class HistoryGenerator {
    private static final long MILLISECOND = 1_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final long MINUTE = 60 * SECOND;
    private static final BigInteger FORTY_DIGITS = BigInteger.TEN.pow(39).multiply(BigInteger.valueOf(9));
    private static final long BEYOND_DOUBLE = (1L << 53) + 1;
    private static final long FAR_NUMBER = 5_000;
    private static final long RESTART = 1_000;
    private static final List<Long> NAMED_PAUSES = List.of(500 * MILLISECOND, 5 * SECOND, 30 * SECOND);

    private final HistoryOptions options;
    private final Random random;
    private final String venuePrefix;
    private final long outOfOrdernessNanos;
    private final long allowedLatenessNanos;
    private final long horizonNanos;
    private final List<Draft> drafts = new ArrayList<>();
    private final Map<String, Integer> partitionOfSymbol = new HashMap<>();

    private enum Ids {
        ASCENDING,
        PADDED,
        FORTY_DIGITS,
        TEXT,
        DESCENDING,
        MIXED,
        MISSING
    }

    private enum Sequences {
        ABSENT,
        ASCENDING,
        LARGE,
        SOMETIMES,
        CONSTANT
    }

    private enum Prices {
        TINY,
        NORMAL,
        WIDE,
        HUGE
    }

    private static final List<String> ODD_IDS = List.of("7", "07", "007", "x7", "X7", "7x", "\uff17", "é7", "0", "00");

    /** A record before it has a position. */
    private record Draft(OracleTrade trade, long arrivalNanos, int partition, boolean valid) {}

    HistoryGenerator(long seed, HistoryOptions options) {
        this.options = options;
        this.random = random(seed);
        this.venuePrefix = options.venuePrefix() ? "s" + seed + "-" : "";
        this.outOfOrdernessNanos = options.outOfOrderness().toNanos();
        this.allowedLatenessNanos = options.allowedLateness().toNanos();
        this.horizonNanos = options.conflictHorizon().toNanos();
    }

    /** Returns a generator for a seed; the bits are mixed because Random begins alike for neighbouring seeds. */
    static Random random(long seed) {
        long mixed = seed + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return new Random(mixed ^ (mixed >>> 31));
    }

    List<List<Placed>> generate() {
        List<Instrument> instruments = new ArrayList<>();
        for (String symbol : History.SYMBOLS.subList(0, options.symbols())) {
            partitionOfSymbol.put(symbol, random.nextInt(options.partitions()));
            for (String venue : History.VENUES.subList(0, options.venues())) {
                instruments.add(new Instrument(venuePrefix + venue, symbol));
            }
        }
        int left = options.trades();
        while (left > 0) {
            // Squared, so that the first instruments are busy and the last ones sparse.
            double lot = random.nextDouble();
            instruments.get((int) (lot * lot * instruments.size())).trade();
            left--;
        }
        return place();
    }

    private List<List<Placed>> place() {
        drafts.sort(Comparator.comparingLong(Draft::arrivalNanos)); // Stable: a boundary's driver stays in front.
        List<List<Placed>> partitions = new ArrayList<>();
        for (int partition = 0; partition < options.partitions(); partition++) {
            List<Placed> records = new ArrayList<>();
            long clockNanos = Long.MIN_VALUE;
            for (Draft draft : drafts) {
                if (draft.partition() == partition) {
                    if (draft.valid()) {
                        clockNanos = Math.max(clockNanos, draft.trade().eventTimeNanos());
                    }
                    OracleTrade trade = draft.trade().withReadPosition(partition, records.size());
                    records.add(new Placed(placed(trade), clockNanos, options.place() != Place.AS_READ));
                }
            }
            partitions.add(records);
        }
        return partitions;
    }

    private OracleTrade placed(OracleTrade trade) {
        return switch (options.place()) {
            case AS_READ -> trade.withPlace(trade.readPartition(), trade.readPosition());
            // Few positions, so that equal places occur and price and size decide.
            case CARRIED_POSITION ->
                trade.withPlace(trade.readPartition(), random.nextInt(2 * Math.max(8, options.trades() / 2)));
            case CARRIED ->
                trade.withPlace(
                        random.nextInt(options.partitions() + 2), random.nextInt(Math.max(8, options.trades() / 2)));
        };
    }

    private boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    private <T> T oneOf(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }

    /** Returns a number from 0 to {@code max}, both included; the remainder's bias does not matter here. */
    private long upTo(long max) {
        return max <= 0 ? 0 : Math.floorMod(random.nextLong(), max + 1);
    }

    /** One instrument with its habits. */
    private final class Instrument {
        private final String venue;
        private final String symbol;
        private final Ids ids;
        private final Sequences sequences;
        private final Prices prices;
        private final boolean millisecondTimes;
        private final boolean fineSizes;
        private final double receiveShare;
        private final double zeroShare;
        private final long pace;
        private final boolean still;
        private long timeNanos;
        private long number;
        private long sequence;
        private long priceRaw;

        Instrument(String venue, String symbol) {
            this.venue = venue;
            this.symbol = symbol;
            this.ids = oneOf(List.of(Ids.values()));
            this.sequences = oneOf(List.of(Sequences.values()));
            this.prices = symbol.startsWith("HUGE")
                    ? Prices.HUGE
                    : oneOf(List.of(Prices.TINY, Prices.NORMAL, Prices.NORMAL, Prices.WIDE));
            this.millisecondTimes = chance(0.4);
            this.fineSizes = chance(0.5);
            this.receiveShare = oneOf(List.of(0.0, 0.5, 1.0));
            this.zeroShare = options.zeroSizes() ? oneOf(List.of(0.05, 0.05, 0.6)) : 0;
            this.pace = oneOf(List.of(1L, 1L, 1L, 20L));
            long startNanos = ChronoUnit.NANOS.between(Instant.EPOCH, options.start());
            this.timeNanos = startNanos + upTo(3 * SECOND);
            this.still = options.incidents() && chance(0.3);
            this.number = options.incidents() ? FAR_NUMBER : ids == Ids.DESCENDING ? 1_005 : 95;
            this.sequence = sequences == Sequences.LARGE ? BEYOND_DOUBLE : options.incidents() ? FAR_NUMBER : 1;
            this.priceRaw = switch (prices) {
                case TINY -> 1 + upTo(50_000_000L);
                case NORMAL -> 100_000_000_000_000L + 10_000_000_000L * upTo(1_000);
                case WIDE -> 1 + upTo(900_000_000_000_000_000L);
                case HUGE -> 1_000_000_000_000_000L + upTo(8_000_000_000_000_000L);
            };
        }

        /** Adds the next trade and what comes of it: copies, conflicts, an invalid relative. */
        void trade() {
            advance();
            OracleTrade trade = record(timeNanos, nextId());
            if (chance(0.03)) {
                addAtTheEdgeOfLateness(trade);
            } else {
                add(trade, true, delay());
            }
            copies(trade);
            if (trade.id() != null && chance(0.08)) {
                OracleTrade conflict = conflicting(trade);
                add(conflict, true, delay());
                copies(conflict);
            }
            if (options.invalidTrades() && chance(0.05)) {
                addInvalid(trade);
            }
        }

        private void advance() {
            if (options.incidents() && chance(0.06)) {
                timeNanos += oneOf(NAMED_PAUSES) - upTo(1);
                return;
            }
            double lot = random.nextDouble();
            if (lot < 0.25) {
                return; // The same nanosecond.
            }
            if (lot < 0.40) {
                timeNanos += 1 + upTo(998);
            } else if (lot < 0.50) {
                timeNanos += upTo(MILLISECOND);
            } else if (lot < 0.70) {
                timeNanos += upTo(pace * SECOND);
            } else if (lot < 0.88) {
                timeNanos += upTo(5 * pace * SECOND);
            } else if (lot < 0.95) {
                timeNanos = Math.max(timeNanos, (Math.floorDiv(timeNanos, SECOND) + 1) * SECOND - upTo(1));
            } else if (lot < 0.985) {
                timeNanos = Math.max(timeNanos, (Math.floorDiv(timeNanos, MINUTE) + 1) * MINUTE - upTo(1));
            } else {
                timeNanos += upTo(options.longGap().toNanos());
            }
            if (millisecondTimes) {
                timeNanos = Math.floorDiv(timeNanos, MILLISECOND) * MILLISECOND;
            }
        }

        private OracleTrade record(long eventTimeNanos, @Nullable String id) {
            return new OracleTrade(
                    venue,
                    symbol,
                    id,
                    eventTimeNanos,
                    receiveTime(eventTimeNanos),
                    nextPrice(),
                    nextSize(),
                    side(),
                    conditions(),
                    nextSequence(),
                    0,
                    0,
                    0,
                    0);
        }

        private @Nullable String nextId() {
            number += ids == Ids.DESCENDING ? -1 : 1;
            if (options.incidents()) {
                number = withIncidents(number);
            }
            return switch (ids) {
                case ASCENDING, DESCENDING -> Long.toString(number);
                case PADDED -> String.format(Locale.ROOT, "%0" + (3 + random.nextInt(4)) + "d", number);
                case FORTY_DIGITS ->
                    FORTY_DIGITS.add(BigInteger.valueOf(number)).toString();
                case TEXT -> oneOf(List.of("t-", "T-", "ü-")) + Long.toString(number * 7919, 36);
                case MIXED ->
                    chance(0.2)
                            ? null
                            : chance(0.4) ? oneOf(ODD_IDS) + number / 2 : Long.toString(number / 2 * 10 + number % 2);
                case MISSING -> null;
            };
        }

        private @Nullable Long nextSequence() {
            sequence++;
            if (options.incidents()) {
                sequence = withIncidents(sequence);
            }
            return switch (sequences) {
                case ABSENT -> null;
                case ASCENDING, LARGE -> sequence;
                case SOMETIMES -> chance(0.4) ? null : Long.valueOf(sequence);
                case CONSTANT -> 1L;
            };
        }

        /** Leaves some numbers out, or begins again: sometimes from the start, sometimes right at the rule's edge. */
        private long withIncidents(long next) {
            if (chance(0.06)) {
                return next + 1 + upTo(3);
            }
            if (next > 0 && chance(0.02)) {
                return Math.max(0, chance(0.5) ? upTo(3) : oneOf(List.of(next / 2, next - RESTART)) - upTo(3));
            }
            return next;
        }

        private BigDecimal nextPrice() {
            if (options.incidents()) {
                if (chance(0.03)) {
                    // Away and back: by a little, so that rules differ about it, or by a lot.
                    long away = Math.max(1, priceRaw / oneOf(List.of(5L, 50L, 400L, 1_000L)));
                    return withAnyZeros(BigDecimal.valueOf(
                            chance(0.5) ? priceRaw + away : Math.max(1, priceRaw - away), History.priceScale(symbol)));
                }
                if (chance(0.01)) {
                    priceRaw += Math.max(1, priceRaw / 8);
                }
                if (still) {
                    return withAnyZeros(BigDecimal.valueOf(priceRaw, History.priceScale(symbol)));
                }
            }
            if (chance(0.6)) {
                priceRaw = Math.max(
                        1,
                        priceRaw
                                + switch (prices) {
                                    case TINY -> upTo(20_001) - 10_000;
                                    case NORMAL -> 10_000_000_000L * (upTo(20) - 10);
                                    case WIDE -> upTo(2_000_000_000_000L) - 1_000_000_000_000L;
                                    case HUGE -> upTo(2_000_000) - 1_000_000;
                                });
            }
            return withAnyZeros(BigDecimal.valueOf(priceRaw, History.priceScale(symbol)));
        }

        private BigDecimal nextSize() {
            if (chance(zeroShare)) {
                return withAnyZeros(BigDecimal.ZERO);
            }
            int scale = History.sizeScale(symbol);
            BigDecimal size = fineSizes
                    ? BigDecimal.valueOf(1 + upTo(10_000_000L), scale)
                    : BigDecimal.valueOf(1 + upTo(prices == Prices.HUGE ? 50 : 5_000));
            return withAnyZeros(size);
        }

        /** The same value as other text: trailing zeros are not significant and may pass the scale. */
        private BigDecimal withAnyZeros(BigDecimal value) {
            BigDecimal plain = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
            int scale = Math.max(0, plain.scale()) + (chance(0.2) ? 1 + random.nextInt(6) : 0);
            return plain.setScale(scale);
        }

        private @Nullable Long receiveTime(long eventTimeNanos) {
            if (!chance(receiveShare)) {
                return null;
            }
            // Real recorders run up to 1.3 s slow, and real feeds deliver trades that are weeks old.
            long latencyNanos = chance(0.01) ? 41L * 24 * 60 * MINUTE : upTo(3 * SECOND) - 1_300 * MILLISECOND;
            return eventTimeNanos + latencyNanos;
        }

        private @Nullable String side() {
            return chance(0.2) ? null : oneOf(List.of("buy", "sell"));
        }

        private @Nullable String conditions() {
            return chance(0.8) ? null : oneOf(List.of("2000", "@", "I,T", "a \"b\""));
        }

        private int partition() {
            return options.spreadSymbols()
                    ? random.nextInt(options.partitions())
                    : partitionOfSymbol.getOrDefault(symbol, 0);
        }

        /** How long after its event time a record arrives. */
        private long delay() {
            double lot = random.nextDouble();
            if (lot < 0.60) {
                return 0;
            }
            if (lot < 0.80) {
                return upTo(outOfOrdernessNanos);
            }
            if (lot < 0.95 || !options.lateTrades()) {
                return upTo(outOfOrdernessNanos + allowedLatenessNanos);
            }
            return outOfOrdernessNanos + allowedLatenessNanos + upTo(30 * SECOND);
        }

        private void add(OracleTrade trade, boolean valid, long delayNanos) {
            drafts.add(new Draft(trade, trade.eventTimeNanos() + delayNanos, partition(), valid));
        }

        /** Puts right in front of a trade another one that makes it late, or just not, by a nanosecond (windows of 1 s). */
        private void addAtTheEdgeOfLateness(OracleTrade trade) {
            long endNanos = (Math.floorDiv(trade.eventTimeNanos(), SECOND) + 1) * SECOND;
            long lateFromNanos = endNanos + allowedLatenessNanos + outOfOrdernessNanos;
            long arrivalNanos = lateFromNanos - 1 + (options.lateTrades() ? random.nextInt(3) : 0);
            int partition = partition();
            drafts.add(new Draft(record(arrivalNanos, nextId()), arrivalNanos, partition, true));
            drafts.add(new Draft(trade, arrivalNanos, partition, true));
        }

        private void copies(OracleTrade trade) {
            if (!chance(0.10)) {
                return;
            }
            int count = 1 + random.nextInt(3);
            for (int i = 0; i < count; i++) {
                boolean exact = trade.id() == null ? chance(0.6) : chance(0.3);
                OracleTrade copy = exact ? trade : redelivered(trade);
                int partition = chance(0.3) ? random.nextInt(options.partitions()) : partition();
                drafts.add(new Draft(copy, trade.eventTimeNanos() + delay(), partition, true));
            }
        }

        /** The same payload with other attributes. */
        private OracleTrade redelivered(OracleTrade trade) {
            return new OracleTrade(
                    venue,
                    symbol,
                    trade.id(),
                    trade.eventTimeNanos(),
                    receiveTime(trade.eventTimeNanos()),
                    withAnyZeros(trade.price()),
                    withAnyZeros(trade.size()),
                    chance(0.8) ? trade.side() : side(),
                    chance(0.8) ? trade.conditions() : conditions(),
                    chance(0.5) ? trade.sequence() : nextSequence(),
                    0,
                    0,
                    0,
                    0);
        }

        /** The same id with another price, size or time. */
        private OracleTrade conflicting(OracleTrade trade) {
            long distanceNanos = switch (random.nextInt(8)) {
                case 0, 1 -> 0;
                case 2 -> 1;
                case 3 -> upTo(2 * SECOND);
                case 4 -> horizonNanos;
                case 5 -> horizonNanos + 1;
                case 6 -> upTo(horizonNanos);
                default -> horizonNanos + 1 + upTo(2 * horizonNanos);
            };
            OracleTrade other = record(trade.eventTimeNanos() + distanceNanos, trade.id());
            return new OracleTrade(
                    venue,
                    symbol,
                    trade.id(),
                    other.eventTimeNanos(),
                    other.receiveTimeNanos(),
                    chance(0.7) ? other.price() : trade.price(),
                    chance(0.7) ? other.size() : trade.size(),
                    other.side(),
                    other.conditions(),
                    other.sequence(),
                    0,
                    0,
                    0,
                    0);
        }

        private void addInvalid(OracleTrade trade) {
            long eventTimeNanos = trade.eventTimeNanos();
            Long receiveTimeNanos = trade.receiveTimeNanos();
            BigDecimal price = trade.price();
            BigDecimal size = trade.size();
            switch (random.nextInt(8)) {
                case 0 -> price = price.negate();
                case 1 -> price = BigDecimal.ZERO.setScale(random.nextInt(3));
                case 2 -> size = size.signum() == 0 ? BigDecimal.ONE.negate() : size.negate();
                case 3 -> price = price.add(BigDecimal.ONE.movePointLeft(History.priceScale(symbol) + 1));
                case 4 -> size = size.add(BigDecimal.ONE.movePointLeft(History.sizeScale(symbol) + 1));
                case 5 -> price = BigDecimal.valueOf(Long.MAX_VALUE).add(BigDecimal.ONE);
                case 6 -> eventTimeNanos /= MILLISECOND; // Milliseconds declared as nanoseconds.
                default -> {
                    receiveTimeNanos = eventTimeNanos;
                    eventTimeNanos += 5 * SECOND + 1 + upTo(365L * 24 * 60 * MINUTE);
                }
            }
            OracleTrade invalid = new OracleTrade(
                    venue,
                    symbol,
                    trade.id(),
                    eventTimeNanos,
                    receiveTimeNanos,
                    price,
                    size,
                    trade.side(),
                    trade.conditions(),
                    trade.sequence(),
                    0,
                    0,
                    0,
                    0);
            drafts.add(new Draft(invalid, trade.eventTimeNanos(), partition(), false));
        }
    }
}
