package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.util.Map;
import java.util.Set;
import org.apache.flink.formats.parquet.ParquetBuilder;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.OutputFile;
import org.jspecify.annotations.Nullable;

/** How the lake's files are written: zstd level 3, dictionaries, statistics, row groups of 32 MB. */
public final class LakeParquet {
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

    /** Opens a new file of a table; whatever closes the writer completes the file. */
    public static <T> ParquetWriter<T> open(OutputFile file, LakeTable table, WriteSupport<T> support)
            throws IOException {
        return open(file, table, support, new SharedCodecs());
    }

    private static <T> ParquetWriter<T> open(
            OutputFile file, LakeTable table, WriteSupport<T> support, CompressionCodecFactory codecs)
            throws IOException {
        WriterBuilder<T> builder = new WriterBuilder<>(file, support)
                .withConf(configuration())
                .withCodecFactory(codecs)
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

    private static PlainParquetConfiguration configuration() {
        return new PlainParquetConfiguration(Map.of("parquet.compression.codec.zstd.level", "3"));
    }

    /** One subtask's copy: all writers that it opens are used by the subtask's thread. */
    private static final class Builder<T> implements ParquetBuilder<T> {
        @Serial
        private static final long serialVersionUID = 1L;

        private final LakeTable table;
        private final LakeTarget target;
        private final SupportFactory<T> support;
        private transient @Nullable SharedCodecs codecs;

        Builder(LakeTable table, LakeTarget target, SupportFactory<T> support) {
            this.table = table;
            this.target = target;
            this.support = support;
        }

        @Override
        public ParquetWriter<T> createWriter(OutputFile file) throws IOException {
            SharedCodecs shared = codecs;
            if (shared == null) {
                shared = new SharedCodecs();
                codecs = shared;
            }
            return open(file, table, support.create(target), shared);
        }
    }

    /**
     * Compressors that the open writers of one thread share: each holds a buffer of a page's size, 1 MB, only while a page
     * is written, which would otherwise be most of what an open file costs.
     */
    private static final class SharedCodecs implements CompressionCodecFactory {
        private final CodecFactory factory = new CodecFactory(configuration(), ParquetProperties.DEFAULT_PAGE_SIZE);

        @Override
        public BytesInputCompressor getCompressor(CompressionCodecName name) {
            return factory.getCompressor(name);
        }

        @Override
        public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
            return factory.getDecompressor(name);
        }

        /** Not with the first writer that closes: the compressor of zstd holds nothing but heap. */
        @Override
        public void release() {}
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
