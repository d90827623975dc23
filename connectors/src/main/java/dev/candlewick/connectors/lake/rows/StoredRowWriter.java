package dev.candlewick.connectors.lake.rows;

import dev.candlewick.connectors.lake.LakeParquet;
import dev.candlewick.connectors.lake.LakeScales;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;

/** Writes stored rows into a new file of their table, as the sinks write theirs; for one thread. */
public final class StoredRowWriter implements AutoCloseable {
    private final ParquetWriter<StoredRow> writer;
    private long rows;

    private StoredRowWriter(ParquetWriter<StoredRow> writer) {
        this.writer = writer;
    }

    /** Opens a file that does not exist yet. */
    public static StoredRowWriter create(Path file, LakeTable table, LakeScales scales) throws IOException {
        return new StoredRowWriter(LakeParquet.open(new LocalOutputFile(file), table, new Support(table, scales)));
    }

    /** Writes a row; it is not kept. */
    public void write(StoredRow row) throws IOException {
        writer.write(row);
        rows++;
    }

    /** How many rows were written. */
    public long rows() {
        return rows;
    }

    /** Bytes of the file so far, with what is not compressed yet. */
    public long bytes() {
        return writer.getDataSize();
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private static final class Support extends WriteSupport<StoredRow> {
        private final MessageType schema;
        private final List<LakeTable.Column> columns;
        private final String table;

        @SuppressWarnings("NullAway.Init")
        private RecordConsumer consumer;

        Support(LakeTable table, LakeScales scales) {
            this.table = table.directory();
            this.schema = table.parquetSchema(scales);
            this.columns = table.columns();
        }

        @Override
        public WriteContext init(Configuration configuration) {
            return new WriteContext(schema, Map.of("candlewick.table", table));
        }

        @Override
        public WriteContext init(ParquetConfiguration configuration) {
            return new WriteContext(schema, Map.of("candlewick.table", table));
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(StoredRow row) {
            consumer.startMessage();
            for (int i = 0; i < columns.size(); i++) {
                Object value = row.get(i);
                if (value != null) {
                    consumer.startField(columns.get(i).name(), i);
                    add(value);
                    consumer.endField(columns.get(i).name(), i);
                }
            }
            consumer.endMessage();
        }

        private void add(Object value) {
            if (value instanceof Long number) {
                consumer.addLong(number);
            } else if (value instanceof Binary binary) {
                consumer.addBinary(binary);
            } else if (value instanceof Integer number) {
                consumer.addInteger(number);
            } else if (value instanceof Boolean flag) {
                consumer.addBoolean(flag);
            } else if (value instanceof Binary[] codes) {
                addList(codes);
            } else {
                throw new IllegalArgumentException("value must be of a stored type, was " + value.getClass());
            }
        }

        private void addList(Binary[] codes) {
            consumer.startGroup();
            if (codes.length > 0) {
                consumer.startField("list", 0);
                for (Binary code : codes) {
                    consumer.startGroup();
                    consumer.startField("element", 0);
                    consumer.addBinary(code);
                    consumer.endField("element", 0);
                    consumer.endGroup();
                }
                consumer.endField("list", 0);
            }
            consumer.endGroup();
        }
    }
}
