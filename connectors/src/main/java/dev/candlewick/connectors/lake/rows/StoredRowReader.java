package dev.candlewick.connectors.lake.rows;

import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Dictionary;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Reads the rows of one file of a table in the order they stand there; one row group in memory; for one thread. */
public final class StoredRowReader implements AutoCloseable {
    private final Path path;
    private final ParquetFileReader file;
    private final MessageColumnIO columns;
    private final Materializer materializer;
    private @Nullable RecordReader<StoredRow> rows;
    private long left;

    private StoredRowReader(Path path, ParquetFileReader file, LakeTable table) {
        this.path = path;
        this.file = file;
        MessageType schema = file.getFileMetaData().getSchema();
        this.columns = new ColumnIOFactory().getColumnIO(schema);
        this.materializer = new Materializer(table);
    }

    /**
     * Opens a file.
     *
     * @throws LakeException of kind MISMATCH where it is not a file of the table
     */
    public static StoredRowReader open(Path path, LakeTable table) throws IOException {
        ParquetFileReader file;
        try {
            file = ParquetFileReader.open(
                    new LocalInputFile(path),
                    ParquetReadOptions.builder(new PlainParquetConfiguration())
                            .usePageChecksumVerification(true)
                            .build());
        } catch (RuntimeException e) {
            throw broken(path, e);
        }
        List<String> names = file.getFileMetaData().getSchema().getFields().stream()
                .map(field -> field.getName())
                .toList();
        List<String> expected =
                table.columns().stream().map(LakeTable.Column::name).toList();
        if (!names.equals(expected)) {
            file.close();
            throw new LakeException(
                    LakeException.Kind.MISMATCH,
                    "columns of a file of " + table.directory() + " must be " + expected + ", was " + names + " ("
                            + path + ")");
        }
        return new StoredRowReader(path, file, table);
    }

    private static LakeException broken(Path path, RuntimeException cause) {
        return new LakeException(
                LakeException.Kind.MISMATCH,
                "file must be a complete Parquet file of its table, was '" + cause.getMessage() + "' (" + path + ")",
                cause);
    }

    /**
     * The next row; null at the end.
     *
     * @throws LakeException of kind MISMATCH where the bytes are damaged
     */
    public @Nullable StoredRow next() throws IOException {
        try {
            while (left == 0) {
                PageReadStore group = file.readNextRowGroup();
                if (group == null) {
                    return null;
                }
                left = group.getRowCount();
                rows = columns.getRecordReader(group, materializer);
            }
            left--;
            return rows == null ? null : rows.read();
        } catch (RuntimeException e) {
            throw broken(path, e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private static final class Materializer extends RecordMaterializer<StoredRow> {
        private final LakeTable table;
        private final GroupConverter root;
        private StoredRow current;

        Materializer(LakeTable table) {
            this.table = table;
            this.current = new StoredRow(table);
            List<Converter> converters = new ArrayList<>();
            for (int i = 0; i < table.columns().size(); i++) {
                converters.add(
                        table.columns().get(i).type() == LakeTable.ColumnType.VARCHAR_LIST
                                ? new ListConverter(i)
                                : new ValueConverter(i));
            }
            this.root = new GroupConverter() {
                @Override
                public Converter getConverter(int field) {
                    return converters.get(field);
                }

                @Override
                public void start() {
                    current = new StoredRow(Materializer.this.table);
                }

                @Override
                public void end() {}
            };
        }

        @Override
        public StoredRow getCurrentRecord() {
            return current;
        }

        @Override
        public GroupConverter getRootConverter() {
            return root;
        }

        private final class ValueConverter extends PrimitiveConverter {
            private final int column;
            private Binary[] dictionary = new Binary[0];

            ValueConverter(int column) {
                this.column = column;
            }

            @Override
            public boolean hasDictionarySupport() {
                LakeTable.ColumnType type = table.columns().get(column).type();
                return type != LakeTable.ColumnType.BIGINT
                        && type != LakeTable.ColumnType.INTEGER
                        && type != LakeTable.ColumnType.BOOLEAN;
            }

            @Override
            public void setDictionary(Dictionary values) {
                dictionary = new Binary[values.getMaxId() + 1];
                for (int i = 0; i < dictionary.length; i++) {
                    dictionary[i] = copy(values.decodeToBinary(i));
                }
            }

            @Override
            public void addValueFromDictionary(int id) {
                current.set(column, dictionary[id]);
            }

            @Override
            public void addBinary(Binary value) {
                current.set(column, copy(value));
            }

            @Override
            public void addBoolean(boolean value) {
                current.set(column, value);
            }

            @Override
            public void addInt(int value) {
                current.set(column, value);
            }

            @Override
            public void addLong(long value) {
                current.set(column, value);
            }
        }

        /** A list in its three levels: column, {@code list}, {@code element}. */
        private final class ListConverter extends GroupConverter {
            private final int column;
            private final List<Binary> elements = new ArrayList<>();
            private final GroupConverter middle = new GroupConverter() {
                @Override
                public Converter getConverter(int field) {
                    return element;
                }

                @Override
                public void start() {}

                @Override
                public void end() {}
            };
            private final PrimitiveConverter element = new PrimitiveConverter() {
                @Override
                public void addBinary(Binary value) {
                    elements.add(copy(value));
                }
            };

            ListConverter(int column) {
                this.column = column;
            }

            @Override
            public Converter getConverter(int field) {
                return middle;
            }

            @Override
            public void start() {
                elements.clear();
            }

            @Override
            public void end() {
                current.set(column, elements.toArray(Binary[]::new));
            }
        }

        /** Pages are reused, so what is kept is copied. */
        private static Binary copy(Binary value) {
            return Binary.fromConstantByteArray(value.getBytes());
        }
    }
}
