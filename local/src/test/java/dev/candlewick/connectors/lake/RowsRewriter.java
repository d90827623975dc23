package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Array;
import java.sql.Blob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Forges a lake: writes a partition's rows anew, with a file and a manifest that agree with each other. */
public final class RowsRewriter {
    private RowsRewriter() {}

    /** Changes the rows of the first file of a partition and everything in the manifest that follows from them. */
    public static void rewrite(Path lake, String partition, Consumer<List<Map<String, @Nullable Object>>> change)
            throws Exception {
        Path directory = lake.resolve(partition);
        LakeManifest manifest = java.util.Objects.requireNonNull(LakeManifest.newest(lake, directory));
        LakeFile old = manifest.files().get(0);
        LakeScales scales = LakeCatalog.open(lake, manifest.place().version()).scales();
        List<Map<String, @Nullable Object>> rows = read(old);
        change.accept(rows);
        Files.delete(old.path());
        try (ParquetWriter<Map<String, @Nullable Object>> writer =
                LakeParquet.open(new LocalOutputFile(old.path()), old.table(), new Support(old.table(), scales))) {
            for (Map<String, @Nullable Object> row : rows) {
                writer.write(row);
            }
        }
        List<LakeFile> files = new ArrayList<>(manifest.files());
        files.set(0, LakeFiles.inspect(old.path(), lake, old.table(), scales, old.generation(), old.run(), true));
        new LakeManifest(
                        manifest.table(), partition, manifest.generation(), manifest.run(), manifest.createdAt(), files)
                .write(directory);
    }

    private static List<Map<String, @Nullable Object>> read(LakeFile file) throws SQLException {
        List<Map<String, @Nullable Object>> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT * FROM read_parquet('" + file.path() + "', hive_partitioning = false)")) {
            while (result.next()) {
                Map<String, @Nullable Object> row = new LinkedHashMap<>();
                for (LakeTable.Column column : file.table().columns()) {
                    Object value = result.getObject(column.name());
                    if (value instanceof Array array) {
                        value = new ArrayList<>(List.of((Object[]) array.getArray()));
                    } else if (value instanceof Blob blob) {
                        value = blob.getBytes(1, (int) blob.length());
                    }
                    row.put(column.name(), value);
                }
                rows.add(row);
            }
        }
        return rows;
    }

    private static final class Support extends WriteSupport<Map<String, @Nullable Object>> {
        private final LakeTable table;
        private final LakeScales scales;
        private final MessageType schema;

        @SuppressWarnings("NullAway.Init")
        private RecordConsumer consumer;

        Support(LakeTable table, LakeScales scales) {
            this.table = table;
            this.scales = scales;
            this.schema = table.parquetSchema(scales);
        }

        @Override
        public WriteContext init(Configuration configuration) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(schema, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(Map<String, @Nullable Object> row) {
            consumer.startMessage();
            for (int i = 0; i < table.columns().size(); i++) {
                LakeTable.Column column = table.columns().get(i);
                Object value = row.get(column.name());
                if (value != null) {
                    consumer.startField(column.name(), i);
                    add(column, value);
                    consumer.endField(column.name(), i);
                }
            }
            consumer.endMessage();
        }

        private void add(LakeTable.Column column, Object value) {
            switch (column.type()) {
                case BIGINT -> consumer.addLong(((Number) value).longValue());
                case INTEGER -> consumer.addInteger(((Number) value).intValue());
                case BOOLEAN -> consumer.addBoolean((Boolean) value);
                case VARCHAR -> consumer.addBinary(Binary.fromString(value.toString()));
                case BLOB -> consumer.addBinary(Binary.fromConstantByteArray((byte[]) value));
                case VARCHAR_LIST -> list((List<?>) value);
                case PRICE -> decimal((BigDecimal) value, scales.priceScale());
                case SIZE -> decimal((BigDecimal) value, scales.sizeScale());
                case NOTIONAL -> decimal((BigDecimal) value, scales.notionalScale());
            }
        }

        private void list(List<?> values) {
            consumer.startGroup();
            if (!values.isEmpty()) {
                consumer.startField("list", 0);
                for (Object value : values) {
                    consumer.startGroup();
                    consumer.startField("element", 0);
                    consumer.addBinary(Binary.fromString(value.toString()));
                    consumer.endField("element", 0);
                    consumer.endGroup();
                }
                consumer.endField("list", 0);
            }
            consumer.endGroup();
        }

        private void decimal(BigDecimal value, int scale) {
            BigInteger unscaled = value.setScale(scale).unscaledValue();
            byte[] bytes = new byte[16];
            byte[] own = unscaled.toByteArray();
            java.util.Arrays.fill(bytes, (byte) (unscaled.signum() < 0 ? -1 : 0));
            System.arraycopy(own, 0, bytes, 16 - own.length, own.length);
            consumer.addBinary(Binary.fromConstantByteArray(bytes));
        }
    }

    /** A partition's newest manifest file. */
    public static Path manifest(Path lake, String partition) throws IOException {
        LakeManifest manifest = java.util.Objects.requireNonNull(LakeManifest.newest(lake, lake.resolve(partition)));
        return manifest.path(lake);
    }
}
