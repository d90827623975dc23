package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import org.apache.flink.formats.parquet.ParquetBuilder;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;

/** How the lake's files are written: zstd level 3, dictionaries, statistics, row groups of 32 MB. */
final class LakeParquet {
    static final long ROW_GROUP_BYTES = 32L << 20;

    /** Columns whose values hardly repeat: a dictionary would be built and thrown away in every row group. */
    private static final Set<String> WITHOUT_DICTIONARY = Set.of(
            "event_time_ns",
            "recv_time_ns",
            "ingest_time_ns",
            "trade_id",
            "sequence",
            "source_position",
            "read_offset",
            "notional",
            "vwap",
            "digest",
            "raw",
            "first_trade_ns",
            "last_trade_ns",
            "disorder_ns",
            LakeTable.KNOWN_AT);

    private LakeParquet() {}

    /** Makes the write support of a new file; shipped with the job. */
    interface SupportFactory<T> extends Serializable {
        WriteSupport<T> create(LakeTarget target);
    }

    /** Opens writers for Flink's file sink; serializable. */
    static <T> ParquetBuilder<T> builder(LakeTable table, LakeTarget target, SupportFactory<T> support) {
        return new Builder<>(table, target, support);
    }

    static <T> ParquetWriter<T> open(OutputFile file, LakeTable table, WriteSupport<T> support) throws IOException {
        PlainParquetConfiguration configuration =
                new PlainParquetConfiguration(Map.of("parquet.compression.codec.zstd.level", "3"));
        WriterBuilder<T> builder = new WriterBuilder<>(file, support)
                .withConf(configuration)
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .withRowGroupSize(ROW_GROUP_BYTES)
                .withDictionaryEncoding(true)
                .withPageWriteChecksumEnabled(true);
        for (LakeTable.Column column : table.columns()) {
            if (WITHOUT_DICTIONARY.contains(column.name())) {
                builder.withDictionaryEncoding(column.name(), false);
            }
        }
        return builder.build();
    }

    private record Builder<T>(LakeTable table, LakeTarget target, SupportFactory<T> support)
            implements ParquetBuilder<T> {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public ParquetWriter<T> createWriter(OutputFile file) throws IOException {
            return open(file, table, support.create(target));
        }
    }

    private static final class WriterBuilder<T> extends ParquetWriter.Builder<T, WriterBuilder<T>> {
        private final WriteSupport<T> support;

        WriterBuilder(OutputFile file, WriteSupport<T> support) {
            super(file);
            this.support = support;
        }

        @Override
        protected WriterBuilder<T> self() {
            return this;
        }

        @Override
        protected WriteSupport<T> getWriteSupport(Configuration configuration) {
            return support;
        }

        @Override
        protected WriteSupport<T> getWriteSupport(ParquetConfiguration configuration) {
            return support;
        }
    }
}
