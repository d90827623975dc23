package dev.candlewick.connectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The few Hadoop classes on the class path are enough to write Parquet and, which needs one jar more, to read it. */
final class ParquetClassPathTest {
    private static final MessageType SCHEMA =
            MessageTypeParser.parseMessageType("message row { required int64 number; }");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"UNCOMPRESSED", "ZSTD", "SNAPPY", "GZIP", "LZ4_RAW"})
    void writesAndReads(CompressionCodecName codec) throws Exception {
        Path file = folder.resolve("rows.parquet");
        try (var writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withType(SCHEMA)
                .withCompressionCodec(codec)
                .build()) {
            for (long number = 0; number < 100; number++) {
                writer.write(new SimpleGroup(SCHEMA).append("number", number));
            }
        }
        long sum = 0;
        var options =
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
        try (var reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
            assertThat(reader.getFooter().getBlocks().get(0).getColumns().get(0).getCodec())
                    .isEqualTo(codec);
            var pages = reader.readNextRowGroup();
            var records =
                    new ColumnIOFactory().getColumnIO(SCHEMA).getRecordReader(pages, new GroupRecordConverter(SCHEMA));
            for (long row = 0; row < pages.getRowCount(); row++) {
                Group group = records.read();
                sum += group.getLong("number", 0);
            }
        }
        assertThat(sum).isEqualTo(4950);
    }
}
