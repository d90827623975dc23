package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.lake.LakeException;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.StringLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Finds the columns of a file by name and checks that their types can be read as what is asked for. */
final class Columns {
    private static final int DECIMAL_DIGITS_MAX = 38;

    private final ParquetInput file;
    private final MessageType schema;

    Columns(ParquetInput file) {
        this.file = file;
        this.schema = file.schema();
    }

    boolean has(String name) {
        return schema.containsField(name);
    }

    /** The type of a column that is one value a row, null where there is no such column. */
    @Nullable
    PrimitiveType find(String name) {
        if (!schema.containsField(name)) {
            return null;
        }
        Type type = schema.getType(name);
        if (!type.isPrimitive() || type.isRepetition(Type.Repetition.REPEATED)) {
            throw wrong(name, "one value a row", type.toString());
        }
        return type.asPrimitiveType();
    }

    private PrimitiveType required(String name) {
        PrimitiveType type = find(name);
        if (type == null) {
            List<String> names =
                    schema.getFields().stream().map(Type::getName).limit(30).toList();
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "data file must have a column " + name + ", was without it (columns=" + names + ", " + file.name()
                            + ")");
        }
        return type;
    }

    LongCursor longs(String name, RowGroup group) {
        PrimitiveType type = required(name);
        return new LongCursor(descriptor(name), pages(name, group), factor(name, type));
    }

    void checkLongs(String name, boolean required) {
        PrimitiveType type = required ? required(name) : find(name);
        if (type != null) {
            factor(name, type);
        }
    }

    void checkTexts(String name, boolean required) {
        PrimitiveType type = required ? required(name) : find(name);
        if (type != null && !isText(type)) {
            throw wrong(name, "VARCHAR", type.toString());
        }
    }

    void checkBooleans(String name) {
        PrimitiveType type = find(name);
        if (type != null && type.getPrimitiveTypeName() != PrimitiveTypeName.BOOLEAN) {
            throw wrong(name, "BOOLEAN", type.toString());
        }
    }

    @Nullable
    LongCursor optionalLongs(String name, RowGroup group) {
        return has(name) ? longs(name, group) : null;
    }

    LongCursor booleans(String name, RowGroup group) {
        PrimitiveType type = required(name);
        if (type.getPrimitiveTypeName() != PrimitiveTypeName.BOOLEAN) {
            throw wrong(name, "BOOLEAN", type.toString());
        }
        return new LongCursor(descriptor(name), pages(name, group), 1);
    }

    /** What the values of an integer column are multiplied by: times in coarser units become nanoseconds. */
    private long factor(String name, PrimitiveType type) {
        PrimitiveTypeName physical = type.getPrimitiveTypeName();
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        boolean integer = physical == PrimitiveTypeName.INT64 || physical == PrimitiveTypeName.INT32;
        if (integer && (logical == null || logical instanceof IntLogicalTypeAnnotation signed && signed.isSigned())) {
            return 1;
        }
        if (physical == PrimitiveTypeName.INT64
                && logical instanceof TimestampLogicalTypeAnnotation timestamp
                && timestamp.isAdjustedToUTC()) {
            return switch (timestamp.getUnit()) {
                case NANOS -> 1;
                case MICROS -> 1_000;
                case MILLIS -> 1_000_000;
            };
        }
        throw wrong(name, "signed BIGINT or INTEGER, or TIMESTAMP in UTC", type.toString());
    }

    static boolean isText(PrimitiveType type) {
        return type.getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && (type.getLogicalTypeAnnotation() == null
                        || type.getLogicalTypeAnnotation() instanceof StringLogicalTypeAnnotation
                        || type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.EnumLogicalTypeAnnotation);
    }

    TextCursor texts(String name, RowGroup group) {
        PrimitiveType type = required(name);
        if (!isText(type)) {
            throw wrong(name, "VARCHAR", type.toString());
        }
        return new TextCursor(descriptor(name), pages(name, group));
    }

    @Nullable
    TextCursor optionalTexts(String name, RowGroup group) {
        return has(name) ? texts(name, group) : null;
    }

    /** Decimals of a decimal column. */
    int scale(String name) {
        PrimitiveType type = required(name);
        PrimitiveTypeName physical = type.getPrimitiveTypeName();
        LogicalTypeAnnotation logical = type.getLogicalTypeAnnotation();
        if (logical instanceof DecimalLogicalTypeAnnotation decimal && decimal.getPrecision() <= DECIMAL_DIGITS_MAX) {
            return decimal.getScale();
        }
        if ((physical == PrimitiveTypeName.INT32 || physical == PrimitiveTypeName.INT64)
                && (logical == null || logical instanceof IntLogicalTypeAnnotation signed && signed.isSigned())) {
            return 0;
        }
        throw wrong(name, "DECIMAL of at most 38 digits, whole numbers or VARCHAR", type.toString());
    }

    DecimalCursor decimals(String name, RowGroup group) {
        scale(name);
        return new DecimalCursor(descriptor(name), pages(name, group));
    }

    /** The list of a candle's flags. */
    FlagsCursor flags(String name, RowGroup group) {
        for (ColumnDescriptor candidate : schema.getColumns()) {
            if (candidate.getPath()[0].equals(name)
                    && candidate.getMaxRepetitionLevel() == 1
                    && isText(candidate.getPrimitiveType())) {
                ColumnChunkMetaData chunk = group.find(String.join(".", candidate.getPath()));
                if (chunk != null) {
                    return new FlagsCursor(candidate, new ChunkPages(file, chunk), group.rows());
                }
            }
        }
        throw wrong(name, "VARCHAR[]", has(name) ? schema.getType(name).toString() : "absent");
    }

    private ColumnDescriptor descriptor(String name) {
        return schema.getColumnDescription(new String[] {name});
    }

    private ChunkPages pages(String name, RowGroup group) {
        ColumnChunkMetaData chunk = group.find(name);
        if (chunk == null) {
            throw file.broken("with a row group without the column " + name);
        }
        if (chunk.getValueCount() != group.rows()) {
            throw file.broken(
                    "with " + chunk.getValueCount() + " values of column " + name + " in " + group.rows() + " rows");
        }
        return new ChunkPages(file, chunk);
    }

    private LakeException wrong(String name, String rule, String was) {
        return new LakeException(
                LakeException.Kind.MISMATCH,
                "column " + name + " must be " + rule + ", was '" + was + "' (" + file.name() + ")");
    }
}
