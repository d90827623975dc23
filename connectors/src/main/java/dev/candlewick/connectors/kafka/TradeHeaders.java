package dev.candlewick.connectors.kafka;

import dev.candlewick.core.validate.ReadContext;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * The record headers that carry a trade's place: {@value #PARTITION} (4 bytes) and {@value #POSITION} (8 bytes), both
 * big-endian and always together.
 */
public final class TradeHeaders {
    /** Partition of the trade's first log, int32 big-endian. */
    public static final String PARTITION = "cw-partition";
    /** Position in that partition, int64 big-endian. */
    public static final String POSITION = "cw-position";

    private TradeHeaders() {}

    /** Adds both headers. */
    public static void write(int partition, long position, Headers into) {
        into.add(PARTITION, ByteBuffer.allocate(4).putInt(partition).array());
        into.add(POSITION, ByteBuffer.allocate(8).putLong(position).array());
    }

    /**
     * Sets the carried place where the headers give one.
     *
     * @return null, or what is wrong with the headers
     */
    public static @Nullable String read(Headers headers, ReadContext into) {
        Header partition = headers.lastHeader(PARTITION);
        Header position = headers.lastHeader(POSITION);
        if (partition == null && position == null) {
            return null;
        }
        byte[] partitionBytes = partition == null ? null : partition.value();
        byte[] positionBytes = position == null ? null : position.value();
        if (partitionBytes == null
                || partitionBytes.length != 4
                || positionBytes == null
                || positionBytes.length != 8) {
            return "record headers " + PARTITION + " and " + POSITION + " must have 4 and 8 bytes, was "
                    + describe(partitionBytes) + " and " + describe(positionBytes);
        }
        int partitionNumber = ByteBuffer.wrap(partitionBytes).getInt();
        long positionNumber = ByteBuffer.wrap(positionBytes).getLong();
        if (partitionNumber < 0 || positionNumber < 0) {
            return "record headers " + PARTITION + " and " + POSITION + " must not be negative, was " + partitionNumber
                    + " and " + positionNumber;
        }
        into.placePartition = partitionNumber;
        into.placePosition = positionNumber;
        into.placeCarried = true;
        return null;
    }

    private static String describe(byte @Nullable [] value) {
        return value == null ? "absent" : Integer.toString(value.length);
    }
}
