package dev.candlewick.core.validate;

import dev.candlewick.core.model.Instrument;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a feed's messages must obey and how its instruments are made; immutable, serializable, shared by all readers.
 *
 * <p>Defaults are those of crypto feeds (design section 4): price scale 12, size scale 8, no zero sizes, event times from
 * 1990-01-01 to 2100-01-01, 5 s of future tolerance, 366 days of time jump, any instrument, candles by venue.
 */
public final class FeedRules implements Serializable {
    private static final long serialVersionUID = 1;

    /** Whose candles a trade belongs to. */
    public enum Scope {
        /** Each venue has its own. */
        VENUE,
        /** All venues of a symbol share them. */
        CONSOLIDATED
    }

    /** 1990-01-01T00:00:00Z. */
    public static final long EVENT_TIME_MIN_NANOS = 631_152_000_000_000_000L;
    /** 2100-01-01T00:00:00Z. */
    public static final long EVENT_TIME_MAX_NANOS = 4_102_444_800_000_000_000L;
    /** 5 s. */
    public static final long FUTURE_TOLERANCE_NANOS = 5_000_000_000L;
    /** 366 days. */
    public static final long TIME_JUMP_NANOS = 366L * 86_400 * 1_000_000_000;
    /** 1 MiB. */
    public static final int MESSAGE_BYTES_MAX = 1 << 20;

    private final ScaleRules priceScales;
    private final ScaleRules sizeScales;
    private final boolean zeroSizeAllowed;
    private final long eventTimeMinNanos;
    private final long eventTimeMaxNanos;
    private final long futureToleranceNanos;
    private final long timeJumpNanos;
    private final @Nullable HashSet<String> knownSymbols;
    private final @Nullable HashSet<String> selectedSymbols;
    private final Scope scope;
    private final int messageBytesMax;
    private final int feed;
    private final String feedName;

    private FeedRules(Builder builder) {
        priceScales = builder.priceScales;
        sizeScales = builder.sizeScales;
        zeroSizeAllowed = builder.zeroSizeAllowed;
        eventTimeMinNanos = builder.eventTimeMinNanos;
        eventTimeMaxNanos = builder.eventTimeMaxNanos;
        futureToleranceNanos = builder.futureToleranceNanos;
        timeJumpNanos = builder.timeJumpNanos;
        knownSymbols = builder.knownSymbols == null ? null : new HashSet<>(builder.knownSymbols);
        selectedSymbols = builder.selectedSymbols == null ? null : new HashSet<>(builder.selectedSymbols);
        scope = builder.scope;
        messageBytesMax = builder.messageBytesMax;
        feed = builder.feed;
        feedName = builder.feedName;
    }

    /** A builder that holds the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** The same rules for a run that takes only the given symbols. */
    public FeedRules withSelectedSymbols(Collection<String> symbols) {
        Builder builder = builder()
                .priceScales(priceScales)
                .sizeScales(sizeScales)
                .zeroSizeAllowed(zeroSizeAllowed)
                .eventTimeRange(eventTimeMinNanos, eventTimeMaxNanos)
                .futureToleranceNanos(futureToleranceNanos)
                .timeJumpNanos(timeJumpNanos)
                .knownSymbols(knownSymbols)
                .selectedSymbols(symbols)
                .scope(scope)
                .messageBytesMax(messageBytesMax)
                .feed(feed)
                .feedName(feedName);
        return builder.build();
    }

    /** Decimals of prices by symbol. */
    public ScaleRules priceScales() {
        return priceScales;
    }

    /** Decimals of sizes by symbol. */
    public ScaleRules sizeScales() {
        return sizeScales;
    }

    /** Whether a trade may have size 0: futures print them, and they set prices. */
    public boolean zeroSizeAllowed() {
        return zeroSizeAllowed;
    }

    /** The first event time that is accepted. */
    public long eventTimeMinNanos() {
        return eventTimeMinNanos;
    }

    /** The last event time that is accepted. */
    public long eventTimeMaxNanos() {
        return eventTimeMaxNanos;
    }

    /** How far an event time may lie after the receive time, else the log's time. */
    public long futureToleranceNanos() {
        return futureToleranceNanos;
    }

    /** How far an event time may lie after its partition's mark where no other clock exists. */
    public long timeJumpNanos() {
        return timeJumpNanos;
    }

    /** The feed's symbols; others are rejected. Null: any symbol. */
    public @Nullable Set<String> knownSymbols() {
        return knownSymbols == null ? null : Set.copyOf(knownSymbols);
    }

    /** The symbols that this run takes; others are filtered. Null: all. */
    public @Nullable Set<String> selectedSymbols() {
        return selectedSymbols == null ? null : Set.copyOf(selectedSymbols);
    }

    /** Whose candles a trade belongs to. */
    public Scope scope() {
        return scope;
    }

    /** The most bytes of one message. */
    public int messageBytesMax() {
        return messageBytesMax;
    }

    /** Which of the run's feeds its instruments are of; 0 where there is one. */
    public int feed() {
        return feed;
    }

    /** The name of the feed's profile, for messages; empty where none is told. */
    public String feedName() {
        return feedName;
    }

    /** Collects the rules; not thread-safe. */
    public static final class Builder {
        private ScaleRules priceScales = ScaleRules.of(12);
        private ScaleRules sizeScales = ScaleRules.of(8);
        private boolean zeroSizeAllowed;
        private long eventTimeMinNanos = EVENT_TIME_MIN_NANOS;
        private long eventTimeMaxNanos = EVENT_TIME_MAX_NANOS;
        private long futureToleranceNanos = FUTURE_TOLERANCE_NANOS;
        private long timeJumpNanos = TIME_JUMP_NANOS;
        private @Nullable Collection<String> knownSymbols;
        private @Nullable Collection<String> selectedSymbols;
        private Scope scope = Scope.VENUE;
        private int messageBytesMax = MESSAGE_BYTES_MAX;
        private int feed;
        private String feedName = "";

        private Builder() {}

        /** Decimals of prices by symbol. */
        public Builder priceScales(ScaleRules rules) {
            priceScales = Objects.requireNonNull(rules, "price scales");
            return this;
        }

        /** Decimals of sizes by symbol. */
        public Builder sizeScales(ScaleRules rules) {
            sizeScales = Objects.requireNonNull(rules, "size scales");
            return this;
        }

        /** Whether size 0 is accepted. */
        public Builder zeroSizeAllowed(boolean allowed) {
            zeroSizeAllowed = allowed;
            return this;
        }

        /** First and last accepted event time, both inclusive. */
        public Builder eventTimeRange(long minNanos, long maxNanos) {
            eventTimeMinNanos = minNanos;
            eventTimeMaxNanos = maxNanos;
            return this;
        }

        /** How far an event time may lie after the receive time, else the log's time. */
        public Builder futureToleranceNanos(long nanos) {
            futureToleranceNanos = nanos;
            return this;
        }

        /** How far an event time may lie after its partition's mark where no other clock exists. */
        public Builder timeJumpNanos(long nanos) {
            timeJumpNanos = nanos;
            return this;
        }

        /** The feed's symbols; null for any. */
        public Builder knownSymbols(@Nullable Collection<String> symbols) {
            knownSymbols = symbols;
            return this;
        }

        /** The symbols that this run takes; null for all. */
        public Builder selectedSymbols(@Nullable Collection<String> symbols) {
            selectedSymbols = symbols;
            return this;
        }

        /** Whose candles a trade belongs to. */
        public Builder scope(Scope value) {
            scope = Objects.requireNonNull(value, "scope");
            return this;
        }

        /** The most bytes of one message, at least 1,024. */
        public Builder messageBytesMax(int bytes) {
            messageBytesMax = bytes;
            return this;
        }

        /** Which of the run's feeds its instruments are of, 0 to {@value Instrument#FEED_MAX}. */
        public Builder feed(int ordinal) {
            feed = ordinal;
            return this;
        }

        /** The name of the feed's profile; decides nothing. */
        public Builder feedName(String name) {
            feedName = Objects.requireNonNull(name, "feed name");
            return this;
        }

        /**
         * The rules.
         *
         * @throws IllegalArgumentException naming every value that breaks a rule
         */
        public FeedRules build() {
            List<String> problems = new ArrayList<>();
            if (eventTimeMinNanos == Long.MIN_VALUE || eventTimeMinNanos > eventTimeMaxNanos) {
                problems.add("event.time.min must not lie after event.time.max, was " + eventTimeMinNanos + " and "
                        + eventTimeMaxNanos);
            }
            if (futureToleranceNanos < 0) {
                problems.add("future.tolerance must not be negative, was " + futureToleranceNanos + " ns");
            }
            if (timeJumpNanos <= 0) {
                problems.add("time.jump must be positive, was " + timeJumpNanos + " ns");
            }
            if (messageBytesMax < 1024 || messageBytesMax > 1 << 28) {
                problems.add("message.max-bytes must lie in 1024..268435456, was " + messageBytesMax);
            }
            if (feed < 0 || feed > Instrument.FEED_MAX) {
                problems.add("feed must lie in 0..65535, was " + feed);
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(String.join("; ", problems));
            }
            return new FeedRules(this);
        }
    }
}
