package dev.candlewick.batch.replay;

import dev.candlewick.connectors.file.FileTradeSource;
import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.file.InputFiles;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.read.ParquetTradeSource;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.InputFormat;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.RunMode;
import dev.candlewick.jobs.config.SourceConfiguration;
import dev.candlewick.jobs.operators.Arrival;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.core.fs.Path;
import org.jspecify.annotations.Nullable;

/** What a bounded run reads: files of messages, Parquet files, or the trades of a lake. */
final class ReplayInput {
    private final boolean streaming;
    private final @Nullable List<InputFile> messages;
    private final @Nullable TradeFormat format;
    private final @Nullable LakeCatalog catalog;
    private final Path path;
    private final TimeRange read;

    private ReplayInput(
            boolean streaming,
            @Nullable List<InputFile> messages,
            @Nullable TradeFormat format,
            @Nullable LakeCatalog catalog,
            Path path,
            TimeRange read) {
        this.streaming = streaming;
        this.messages = messages;
        this.format = format;
        this.catalog = catalog;
        this.path = path;
        this.read = read;
    }

    /** Finds out what the configuration's input is. */
    static ReplayInput of(ResolvedConfiguration config) throws IOException {
        String input = config.input().orElseThrow();
        boolean streaming = config.mode() == RunMode.STREAMING;
        SourceConfiguration only = config.sources().get(0);
        TimeRange range = range(config);
        if (only.format() != InputFormat.PARQUET) {
            if (!range.isAll()) {
                throw new ConfigurationException(List.of("format must be parquet where from or to is given, was '"
                        + only.format().name().toLowerCase(Locale.ROOT) + "' ("
                        + config.origin(CandlewickOptions.FORMAT)
                        + "; example: format=parquet)"));
            }
            TradeFormat format =
                    TradeFormat.ofOptions(only.format().name(), only.preset().name(), only.presetVenue());
            Path path = new Path(input);
            return new ReplayInput(streaming, InputFiles.list(path), format, null, path, range);
        }
        TimeRange read = range.isAll() ? range : range.widened(config.leadNanos(), config.leadNanos());
        if (ParquetTradeSource.isLake(input)) {
            return new ReplayInput(streaming, null, null, LakeCatalog.parse(input), new Path(input), read);
        }
        return new ReplayInput(streaming, null, null, null, new Path(input), read);
    }

    /** The range whose windows are published. */
    static TimeRange range(ResolvedConfiguration config) {
        return new TimeRange(
                config.fromNanos().orElse(Long.MIN_VALUE), config.toNanos().orElse(Long.MAX_VALUE));
    }

    /** Whether it is the archive of another run: then its trades are not archived again. */
    boolean isLake() {
        return catalog != null;
    }

    Arrival arrival() {
        return messages != null ? Arrival.LOG : streaming ? Arrival.ARCHIVED_IN_ORDER : Arrival.ARCHIVED;
    }

    /** A source of the given rules, made and checked. */
    Opened open(FeedRules rules) throws IOException {
        List<InputFile> files = messages;
        TradeFormat wire = format;
        if (files != null && wire != null) {
            return new Opened(
                    FileTradeSource.builder()
                            .files(files)
                            .format(wire)
                            .rules(rules)
                            .mergedByEventTime(streaming)
                            .build(),
                    names(files),
                    files.size());
        }
        ParquetTradeSource.Builder builder =
                ParquetTradeSource.builder().rules(rules).range(read).sortedByEventTime(streaming);
        LakeCatalog lake = catalog;
        ParquetTradeSource source = (lake == null ? builder.input(path) : builder.catalog(lake)).build();
        return new Opened(source, names(source.files()), source.parallelismMax());
    }

    private static List<String> names(List<InputFile> files) {
        return files.stream().map(InputFile::relativePath).toList();
    }

    /**
     * A source with what the run needs to know about it.
     *
     * @param sources names of the files by their ordinals
     * @param readersMax how many readers find something to do in BATCH
     */
    record Opened(Source<Decoded, ?, ?> source, List<String> sources, int readersMax) {}
}
