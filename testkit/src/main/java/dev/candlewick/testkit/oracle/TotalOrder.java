package dev.candlewick.testkit.oracle;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * The total order of trades for open and close: event time, sequence, trade id, place, price, size.
 *
 * <p>An absent sequence is before any. Ids are ordered in three groups, one after the other: absent; numeric (ASCII
 * digits only) by value at any length, equal values by bytes; all others by their UTF-8 bytes, unsigned. The groups are
 * our reading of the contract: to compare a numeric id with another one by bytes would not be transitive (by bytes
 * "10" &lt; "1x" and "1x" &lt; "9", but by value "9" &lt; "10").
 */
final class TotalOrder {
    private TotalOrder() {}

    /** A trade with its id taken apart once, because sorting compares it many times. */
    record Ranked(OracleTrade trade, IdRank idRank, boolean counted) {}

    /** Compares by event time, sequence and id only: trades equal in these are told apart by place alone. */
    static final Comparator<Ranked> BY_TIME_SEQUENCE_ID = Comparator.<Ranked>comparingLong(
                    ranked -> ranked.trade().eventTimeNanos())
            .thenComparing(ranked -> ranked.trade().sequence(), Comparator.nullsFirst(Comparator.naturalOrder()))
            .thenComparing(Ranked::idRank);

    static final Comparator<Ranked> TOTAL = BY_TIME_SEQUENCE_ID
            .thenComparingInt(ranked -> ranked.trade().placePartition())
            .thenComparingLong(ranked -> ranked.trade().placePosition())
            .thenComparing(ranked -> ranked.trade().price())
            .thenComparing(ranked -> ranked.trade().size());

    /** An id in the order of ids. */
    @SuppressWarnings("ArrayRecordComponent") // Never changed, and equality is by content.
    record IdRank(int group, BigInteger value, byte[] utf8) implements Comparable<IdRank> {
        private static final int ABSENT = 0;
        private static final int NUMERIC = 1;
        private static final int OTHER = 2;

        static IdRank of(@Nullable String id) {
            if (id == null) {
                return new IdRank(ABSENT, BigInteger.ZERO, new byte[0]);
            }
            byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
            boolean numeric = id.chars().allMatch(c -> c >= '0' && c <= '9');
            return numeric ? new IdRank(NUMERIC, new BigInteger(id), utf8) : new IdRank(OTHER, BigInteger.ZERO, utf8);
        }

        @Override
        public int compareTo(IdRank other) {
            int byGroup = Integer.compare(group, other.group);
            if (byGroup != 0) {
                return byGroup;
            }
            int byValue = value.compareTo(other.value);
            return byValue != 0 ? byValue : Arrays.compareUnsigned(utf8, other.utf8);
        }

        @Override
        public boolean equals(@Nullable Object object) {
            return object instanceof IdRank other && compareTo(other) == 0;
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(utf8);
        }
    }
}
