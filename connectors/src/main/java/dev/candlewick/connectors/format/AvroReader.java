package dev.candlewick.connectors.format;

import dev.candlewick.core.parse.Utf8;
import dev.candlewick.core.validate.RawTrade;
import org.jspecify.annotations.Nullable;

/**
 * Reads one Avro value by its writer's schema into the fields of a trade, trusting no byte; one thread.
 *
 * <p>Nothing is allocated for lengths that the message claims: texts are slices of it, and what is skipped must lie in it.
 */
final class AvroReader {
    private static final int VARINT_BYTES_MAX = 10;

    private final RawTrade raw;
    private byte[] buffer = new byte[0];
    private int position;
    private int end;
    private @Nullable String problem;

    AvroReader(RawTrade raw) {
        this.raw = raw;
    }

    /**
     * Reads the value that fills the bytes.
     *
     * @return null, or what is wrong
     */
    @Nullable
    String read(AvroNode record, byte[] bytes, int from, int to) {
        buffer = bytes;
        position = from;
        end = to;
        problem = null;
        raw.reset(bytes);
        for (AvroNode field : record.children) {
            if (!value(field)) {
                return problem == null ? "avro value must be readable, was not" : problem;
            }
        }
        return position == end
                ? null
                : "avro value must end with the message, was " + (end - position) + " bytes shorter";
    }

    private boolean value(AvroNode node) {
        return switch (node.type) {
            case NULL -> true;
            case BOOLEAN -> bool();
            case INT -> number(node, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case LONG -> number(node, Long.MIN_VALUE, Long.MAX_VALUE);
            case FLOAT -> skip(4);
            case DOUBLE -> skip(8);
            case STRING, BYTES -> text(node);
            case FIXED -> skip(node.size);
            case ENUM -> number(node, 0, node.size - 1L);
            case UNION -> union(node);
            case RECORD -> fields(node);
            case ARRAY -> items(node, false);
            case MAP -> items(node, true);
        };
    }

    private boolean fields(AvroNode node) {
        for (AvroNode field : node.children) {
            if (!value(field)) {
                return false;
            }
        }
        return true;
    }

    private boolean union(AvroNode node) {
        if (!varint()) {
            return false;
        }
        if (varint < 0 || varint >= node.children.length) {
            return fail("avro union must name one of its " + node.children.length + " types, was " + varint, node);
        }
        return value(node.children[(int) varint]);
    }

    private boolean number(AvroNode node, long min, long max) {
        if (!varint()) {
            return false;
        }
        long value = varint;
        if (value < min || value > max) {
            return fail("avro number must lie in " + min + ".." + max + ", was " + value, node);
        }
        if (node.target == AvroNode.PLACE_PARTITION) {
            if (value < 0) {
                return fail("avro place partition must not be negative, was " + value, node);
            }
            raw.setPlacePartition((int) value);
        } else if (node.target != AvroNode.SKIPPED) {
            raw.setNumber(TextDecoder.FIELDS[node.target], value);
        }
        return true;
    }

    private boolean text(AvroNode node) {
        if (!varint()) {
            return false;
        }
        long length = varint;
        if (length < 0 || length > end - position) {
            return fail(
                    "avro text must lie in the message, was " + length + " bytes with " + (end - position) + " left",
                    node);
        }
        int from = position;
        position += (int) length;
        if (node.target != AvroNode.SKIPPED) {
            if (!Utf8.isValid(buffer, from, (int) length)) {
                return fail("message must be valid UTF-8, was not", node);
            }
            raw.setText(TextDecoder.FIELDS[node.target], from, (int) length);
        }
        return true;
    }

    private boolean bool() {
        if (position == end || (buffer[position] != 0 && buffer[position] != 1)) {
            return fail("avro truth value must be 0 or 1, was not", null);
        }
        position++;
        return true;
    }

    /** Skips blocks of items; each item takes a byte at least, so that their number is bounded by the message. */
    private boolean items(AvroNode node, boolean keys) {
        while (true) {
            if (!varint()) {
                return false;
            }
            long count = varint;
            if (count == 0) {
                return true;
            }
            if (count < 0) {
                // A negative count is followed by the block's bytes.
                if (!varint() || !skip(varint)) {
                    return false;
                }
                continue;
            }
            if (count > end - position) {
                return fail("avro block must lie in the message, was " + count + " items", node);
            }
            for (long i = 0; i < count; i++) {
                if (keys && (!varint() || !skip(varint))) {
                    return false;
                }
                if (!value(node.children[0])) {
                    return false;
                }
            }
        }
    }

    private boolean skip(long bytes) {
        if (bytes < 0 || bytes > end - position) {
            return fail(
                    "avro value must lie in the message, was " + bytes + " bytes with " + (end - position) + " left",
                    null);
        }
        position += (int) bytes;
        return true;
    }

    private long varint;

    /** Reads a zig-zag number of at most 64 bits. */
    private boolean varint() {
        long value = 0;
        for (int i = 0; i < VARINT_BYTES_MAX; i++) {
            if (position == end) {
                return fail("avro value must be complete, was cut off", null);
            }
            byte b = buffer[position++];
            if (i == VARINT_BYTES_MAX - 1 && b != 0 && b != 1) {
                break;
            }
            value |= (b & 0x7fL) << 7 * i;
            if (b >= 0) {
                varint = value >>> 1 ^ -(value & 1);
                return true;
            }
        }
        return fail("avro number must have at most 64 bits, was longer", null);
    }

    private boolean fail(String rule, @Nullable AvroNode node) {
        String name = node == null ? null : AvroNode.nameOf(node.target);
        problem = name == null ? rule : rule + " in " + name;
        return false;
    }
}
