package dev.candlewick.connectors.format;

import dev.candlewick.core.validate.TradeField;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * One type of a writer's schema with what its value is for; a tree that the decoder walks along with the bytes.
 *
 * <p>Made once for each schema and then only read. Fields are matched to those of a trade by name or alias, so a
 * writer's schema may have further fields, lack some, and have them in any order.
 */
final class AvroNode {
    /** The value is read by nobody. */
    static final int SKIPPED = -1;
    /** The value is the partition of the trade's place. */
    static final int PLACE_PARTITION = TradeField.COUNT;

    private static final String PLACE_PARTITION_NAME = "source_partition";
    private static final int DEPTH_MAX = 16;
    private static final Set<TradeField> NUMBERS =
            EnumSet.of(TradeField.ROW, TradeField.RECV_TIME_NS, TradeField.EVENT_TIME_NS, TradeField.SEQUENCE);

    final Schema.Type type;
    /** Ordinal of a {@link TradeField}, {@link #PLACE_PARTITION} or {@link #SKIPPED}. */
    final int target;
    /** Branches of a union, fields of a record, or the one type of an array's or map's values. */
    final AvroNode[] children;
    /** Bytes of a fixed type, or symbols of an enumeration. */
    final int size;

    private AvroNode(Schema.Type type, int target, AvroNode[] children, int size) {
        this.type = type;
        this.target = target;
        this.children = children;
        this.size = size;
    }

    /**
     * The tree of a record that holds a trade.
     *
     * @throws IllegalArgumentException where it is no record, a field of a trade has a type that its value cannot have, or
     *     the schema is deeper than any sane one
     */
    static AvroNode ofTrade(Schema schema) {
        if (schema.getType() != Schema.Type.RECORD) {
            throw new IllegalArgumentException("Avro schema of a trade must be a record, was " + schema.getType());
        }
        Map<String, Integer> targets = targets();
        List<Schema.Field> fields = schema.getFields();
        AvroNode[] children = new AvroNode[fields.size()];
        for (int i = 0; i < children.length; i++) {
            Schema.Field field = fields.get(i);
            Integer target = targets.get(field.name());
            for (String alias : field.aliases()) {
                target = target == null ? targets.get(alias) : target;
            }
            children[i] = of(field.schema(), target == null ? SKIPPED : target, field.name(), 1);
        }
        return new AvroNode(Schema.Type.RECORD, SKIPPED, children, 0);
    }

    private static Map<String, Integer> targets() {
        Map<String, Integer> targets = new HashMap<>();
        for (TradeField field : TradeField.values()) {
            targets.put(field.columnName(), field.ordinal());
        }
        targets.put(PLACE_PARTITION_NAME, PLACE_PARTITION);
        return targets;
    }

    private static AvroNode of(Schema schema, int target, String name, int depth) {
        if (depth > DEPTH_MAX) {
            throw new IllegalArgumentException("Avro schema of a trade must have at most " + DEPTH_MAX
                    + " levels, was deeper (field=" + name + ")");
        }
        Schema.Type type = schema.getType();
        boolean leaf = type != Schema.Type.UNION;
        if (leaf && target != SKIPPED && !fits(type, target)) {
            throw new IllegalArgumentException("Avro field " + name + " must be "
                    + (isNumber(target) ? "an int or a long" : "a string") + ", was " + type.getName());
        }
        return switch (type) {
            case UNION ->
                new AvroNode(
                        type,
                        target,
                        schema.getTypes().stream()
                                .map(branch -> of(branch, target, name, depth + 1))
                                .toArray(AvroNode[]::new),
                        0);
            case RECORD ->
                new AvroNode(
                        type,
                        SKIPPED,
                        schema.getFields().stream()
                                .map(field -> of(field.schema(), SKIPPED, field.name(), depth + 1))
                                .toArray(AvroNode[]::new),
                        0);
            case ARRAY -> items(type, of(schema.getElementType(), SKIPPED, name, depth + 1), name);
            case MAP -> items(type, of(schema.getValueType(), SKIPPED, name, depth + 1), name);
            case FIXED -> new AvroNode(type, SKIPPED, new AvroNode[0], schema.getFixedSize());
            case ENUM ->
                new AvroNode(
                        type, SKIPPED, new AvroNode[0], schema.getEnumSymbols().size());
            default -> new AvroNode(type, target, new AvroNode[0], 0);
        };
    }

    private static AvroNode items(Schema.Type type, AvroNode item, String name) {
        if (type == Schema.Type.ARRAY && item.isEmpty()) {
            // Any number of items would take no bytes: a few bytes of a message could keep a reader busy for ever.
            throw new IllegalArgumentException(
                    "Avro array must have items of at least one byte, had none (field=" + name + ")");
        }
        return new AvroNode(type, SKIPPED, new AvroNode[] {item}, 0);
    }

    /** Whether a value may take no byte at all. */
    private boolean isEmpty() {
        return switch (type) {
            case NULL -> true;
            case FIXED -> size == 0;
            case RECORD -> {
                for (AvroNode child : children) {
                    if (!child.isEmpty()) {
                        yield false;
                    }
                }
                yield true;
            }
            default -> false;
        };
    }

    private static boolean isNumber(int target) {
        return target == PLACE_PARTITION || NUMBERS.contains(TextDecoder.FIELDS[target]);
    }

    private static boolean fits(Schema.Type type, int target) {
        if (type == Schema.Type.NULL) {
            return true;
        }
        return isNumber(target)
                ? type == Schema.Type.INT || type == Schema.Type.LONG
                : type == Schema.Type.STRING || type == Schema.Type.BYTES;
    }

    /** The name of a field that a target stands for, for messages. */
    static @Nullable String nameOf(int target) {
        return target == SKIPPED
                ? null
                : target == PLACE_PARTITION ? PLACE_PARTITION_NAME : TextDecoder.FIELDS[target].columnName();
    }
}
