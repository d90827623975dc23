package dev.candlewick.connectors.lake;

import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.FieldDrift;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.ReconcileMaps;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.core.reconcile.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/**
 * The files of a reconciliation, below {@code <report>/<run>/}: {@code reconcile.json} with everything, for heals and
 * reports, and {@code differences.parquet} with a row for each difference, for queries.
 */
public final class ReconcileReport {
    /** Everything. */
    public static final String JSON = "reconcile.json";

    /** A row for each difference. */
    public static final String PARQUET = "differences.parquet";

    private static final MessageType SCHEMA = schema();

    private ReconcileReport() {}

    /**
     * Writes both files, each complete or not at all.
     *
     * @return the run's folder
     */
    public static Path write(Path report, ReconcileResult result) {
        Path folder = report.resolve(result.run());
        try {
            Files.createDirectories(folder);
            Path parquet = folder.resolve(PARQUET);
            Path temporary = folder.resolve("." + PARQUET + ".tmp");
            Files.deleteIfExists(temporary);
            try (ParquetWriter<Difference> writer = new Builder(temporary)
                    .withCompressionCodec(CompressionCodecName.ZSTD)
                    .build()) {
                for (Difference difference : result.differences()) {
                    writer.write(difference);
                }
            }
            Files.move(temporary, parquet, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            LakeJson.write(folder.resolve(JSON), ReconcileMaps.of(result));
            return folder;
        } catch (IOException e) {
            throw LakeRun.environment("write the reconciliation's files to " + folder, e);
        }
    }

    /**
     * Reads a result back.
     *
     * @param file a {@value #JSON}
     * @throws LakeException of kind MISMATCH where it is none
     */
    public static ReconcileResult read(Path file) {
        Map<String, @Nullable Object> json = LakeJson.read(file);
        try {
            return ReconcileMaps.result(json);
        } catch (IllegalArgumentException e) {
            throw new LakeException(LakeException.Kind.MISMATCH, e.getMessage() + " (" + file + ")", e);
        }
    }

    /** The value of a record in {@code drift.alerts}: canonical JSON, one alert. */
    public static byte[] alert(ReconcileResult result, Difference difference) {
        Map<String, @Nullable Object> map = ReconcileMaps.alert(difference);
        map.remove("alert");
        map.put("run", result.run());
        map.put("lake_version", (long) result.version());
        map.put("profile", result.profile());
        return json(map);
    }

    /** A map as one line of JSON. */
    static byte[] json(Map<String, ? extends @Nullable Object> map) {
        try {
            return LakeJson.line(map);
        } catch (IOException e) {
            throw new IllegalStateException("a map must be writable into memory", e);
        }
    }

    private static MessageType schema() {
        Types.MessageTypeBuilder builder = Types.buildMessage();
        int id = 1;
        for (String name : List.of("kind", "venue", "symbol")) {
            builder.required(PrimitiveTypeName.BINARY)
                    .as(LogicalTypeAnnotation.stringType())
                    .id(id++)
                    .named(name);
        }
        builder.optional(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .id(id++)
                .named("interval");
        builder.required(PrimitiveTypeName.INT64).id(id++).named("start_ns");
        for (String name : List.of("class", "cause")) {
            builder.required(PrimitiveTypeName.BINARY)
                    .as(LogicalTypeAnnotation.stringType())
                    .id(id++)
                    .named(name);
        }
        for (String name : List.of("alert", "healable")) {
            builder.required(PrimitiveTypeName.BOOLEAN).id(id++).named(name);
        }
        builder.required(PrimitiveTypeName.BINARY)
                .as(LogicalTypeAnnotation.stringType())
                .id(id++)
                .named("heal_reason");
        builder.required(PrimitiveTypeName.INT64).id(id++).named("worst_drift_ppb");
        for (String name : List.of("worst_field", "evidence", "topic", "lake", "truth")) {
            builder.optional(PrimitiveTypeName.BINARY)
                    .as(LogicalTypeAnnotation.stringType())
                    .id(id++)
                    .named(name);
        }
        return builder.named("candlewick_differences");
    }

    private static final class Builder extends ParquetWriter.Builder<Difference, Builder> {
        Builder(Path file) {
            super(new LocalOutputFile(file));
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<Difference> getWriteSupport(Configuration configuration) {
            return new Support();
        }

        @Override
        protected WriteSupport<Difference> getWriteSupport(ParquetConfiguration configuration) {
            return new Support();
        }
    }

    private static final class Support extends WriteSupport<Difference> {
        @SuppressWarnings("NullAway.Init")
        private RecordConsumer consumer;

        private int column;

        @Override
        public WriteContext init(Configuration configuration) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(Difference difference) {
            consumer.startMessage();
            column = 0;
            ReconcileKey key = difference.key();
            text(key.kind().name());
            text(key.venue());
            text(key.symbol());
            text(key.interval() == null ? null : key.interval().name());
            number(key.timeNanos());
            text(difference.kind().name());
            text(difference.cause().name());
            flag(difference.alert());
            flag(difference.healable());
            text(difference.diagnosis().healReason());
            number(difference.worstPartsPerBillion());
            text(worstField(difference));
            text(String.join("\n", difference.diagnosis().evidence()));
            for (Side side : Side.values()) {
                ObservedValue value = difference.value(side);
                text(value == null ? null : new String(json(ReconcileMaps.of(value)), StandardCharsets.UTF_8));
            }
            consumer.endMessage();
        }

        private static @Nullable String worstField(Difference difference) {
            List<FieldDrift> drifts = new ArrayList<>(difference.drifts());
            String worst = null;
            long most = -1;
            for (FieldDrift drift : drifts) {
                Long own = drift.partsPerBillion();
                if (own != null && own > most) {
                    most = own;
                    worst = drift.field().column();
                }
            }
            return worst;
        }

        private void text(@Nullable String value) {
            if (value != null) {
                start();
                consumer.addBinary(Binary.fromConstantByteArray(value.getBytes(StandardCharsets.UTF_8)));
                end();
            }
            column++;
        }

        private void number(long value) {
            start();
            consumer.addLong(value);
            end();
            column++;
        }

        private void flag(boolean value) {
            start();
            consumer.addBoolean(value);
            end();
            column++;
        }

        private void start() {
            consumer.startField(SCHEMA.getFieldName(column), column);
        }

        private void end() {
            consumer.endField(SCHEMA.getFieldName(column), column);
        }
    }
}
