package dev.candlewick.connectors.format;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The fixed binary layout of a trade message, version 1; all numbers are little-endian.
 *
 * <pre>
 * offset size  field
 *      0    1  magic 0xC5
 *      1    1  version 1
 *      2    1  message type: 1 trade; any other is filtered
 *      3    1  flags: 1 receive time, 2 place, 4 sequence, 8 numeric id; other bits are 0
 *      4    4  total length in bytes, header included
 *      8    8  event time, ns since the epoch
 *     16    8  receive time, ns since the epoch; 0 without flag 1
 *     24    8  price, unscaled
 *     32    8  size, unscaled
 *     40    8  place position, from 0; 0 without flag 2
 *     48    8  sequence; 0 without flag 4
 *     56    8  numeric id, 0 to 10^18 - 1; 0 without flag 8
 *     64    4  place partition; 0 without flag 2
 *     68    1  price scale, 0 to 18
 *     69    1  size scale, 0 to 18
 *     70    2  venue length in bytes
 *     72    2  symbol length
 *     74    2  id text length; 0 with flag 8
 *     76    2  side length
 *     78    2  conditions length
 *     80    2  flags text length
 *     82    -  venue, symbol, id, side, conditions, flags as UTF-8, without separators
 * </pre>
 *
 * <p>A text of length 0 is absent. In a file, messages stand back to back.
 */
public final class BinaryLayout {
    /** The first byte of every message. */
    public static final byte MAGIC = (byte) 0xc5;
    /** The version that is written and read. */
    public static final byte VERSION = 1;
    /** The message type of a trade. */
    public static final byte TYPE_TRADE = 1;
    /** Bytes of the header, which every message type has. */
    public static final int HEADER_BYTES = 8;

    static final int VERSION_AT = 1;
    static final int TYPE_AT = 2;
    static final int FLAGS_AT = 3;
    static final int LENGTH_AT = 4;
    static final int EVENT_TIME_AT = 8;
    static final int RECEIVE_TIME_AT = 16;
    static final int PRICE_AT = 24;
    static final int SIZE_AT = 32;
    static final int PLACE_POSITION_AT = 40;
    static final int SEQUENCE_AT = 48;
    static final int ID_AT = 56;
    static final int PLACE_PARTITION_AT = 64;
    static final int PRICE_SCALE_AT = 68;
    static final int SIZE_SCALE_AT = 69;
    static final int TEXT_LENGTHS_AT = 70;
    static final int TEXTS_AT = 82;

    static final int FLAG_RECEIVE_TIME = 1;
    static final int FLAG_PLACE = 2;
    static final int FLAG_SEQUENCE = 4;
    static final int FLAG_ID_NUMBER = 8;
    static final int FLAGS_KNOWN = 15;

    static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private BinaryLayout() {}

    /** Whether a message of this format and version begins here. */
    public static boolean isHeader(byte[] buffer, int offset, int length) {
        return length >= HEADER_BYTES && buffer[offset] == MAGIC && buffer[offset + VERSION_AT] == VERSION;
    }

    /** The total length that a header gives; not checked. */
    public static int totalLength(byte[] buffer, int offset) {
        return (int) INT.get(buffer, offset + LENGTH_AT);
    }
}
