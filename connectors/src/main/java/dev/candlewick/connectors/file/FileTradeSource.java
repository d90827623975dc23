package dev.candlewick.connectors.file;

import dev.candlewick.connectors.format.WireFormat;
import dev.candlewick.connectors.format.preset.TradeFormat;
import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.fs.Path;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.jspecify.annotations.Nullable;

/**
 * A bounded source over a file or a folder of trade messages in csv, json (one object a line), avro
 * (each behind its length) or binary (back to back).
 *
 * <p>One file is one split, one read partition, and is never divided: read source = its ordinal, read partition = 0, read
 * offset = ordinal of the data line. A first CSV line that contains {@code event_time_ns} is the header; without one the
 * canonical columns hold. Names that end in {@code .gz} are inflated. A file that cannot be read fails the job; content
 * that cannot be read is rejected line by line, so a file cut in the middle of a row gives one UNPARSABLE.
 *
 * <p>Merged (for STREAMING): one reader has all files and merges them by event time; run it with parallelism 1. Not merged
 * (for BATCH): readers take one file after the other.
 */
public final class FileTradeSource implements Source<Decoded, FileSplit, FileEnumeratorState> {
    private static final long serialVersionUID = 1;

    private final ArrayList<InputFile> files;
    private final TradeFormat format;
    private final FeedRules rules;
    private final boolean merged;

    private FileTradeSource(List<InputFile> files, TradeFormat format, FeedRules rules, boolean merged) {
        this.files = new ArrayList<>(files);
        this.format = format;
        this.rules = rules;
        this.merged = merged;
    }

    /** A builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** The files with their ordinals, as {@code run.json} records them. */
    public List<InputFile> files() {
        return List.copyOf(files);
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SplitEnumerator<FileSplit, FileEnumeratorState> createEnumerator(SplitEnumeratorContext<FileSplit> context) {
        return new FileSplitEnumerator(
                context, merged, files.stream().map(FileSplit::new).toList());
    }

    @Override
    public SplitEnumerator<FileSplit, FileEnumeratorState> restoreEnumerator(
            SplitEnumeratorContext<FileSplit> context, FileEnumeratorState checkpoint) {
        return new FileSplitEnumerator(context, merged, checkpoint.pending());
    }

    @Override
    public SourceReader<Decoded, FileSplit> createReader(SourceReaderContext context) {
        return new FileTradeReader(context, format, rules, merged);
    }

    @Override
    public SimpleVersionedSerializer<FileSplit> getSplitSerializer() {
        return new CheckedVersionedSerializer<>(new FileSplitSerializer(), "split of the file source");
    }

    @Override
    public SimpleVersionedSerializer<FileEnumeratorState> getEnumeratorCheckpointSerializer() {
        return new CheckedVersionedSerializer<>(new FileEnumeratorStateSerializer(), "splits of the file source");
    }

    /** Collects the settings; not thread-safe. */
    public static final class Builder {
        private @Nullable Path input;
        private @Nullable List<InputFile> files;
        private TradeFormat format = TradeFormat.of(WireFormat.CSV);
        private FeedRules rules = FeedRules.builder().build();
        private boolean merged = true;

        private Builder() {}

        /** The file or folder; listed by {@link #build()}. */
        public Builder input(Path path) {
            input = Objects.requireNonNull(path, "input");
            return this;
        }

        /** Files listed before, see {@link InputFiles#list}; instead of {@link #input}. */
        public Builder files(List<InputFile> listed) {
            files = List.copyOf(listed);
            return this;
        }

        /** The format of all files, with the canonical names. */
        public Builder format(WireFormat value) {
            return format(TradeFormat.of(Objects.requireNonNull(value, "format")));
        }

        /** The format of all files. */
        public Builder format(TradeFormat value) {
            format = Objects.requireNonNull(value, "format");
            return this;
        }

        /** The feed's rules. */
        public Builder rules(FeedRules value) {
            rules = Objects.requireNonNull(value, "rules");
            return this;
        }

        /** Whether one reader merges all files by event time (STREAMING), or readers share them (BATCH). */
        public Builder mergedByEventTime(boolean value) {
            merged = value;
            return this;
        }

        /**
         * The source.
         *
         * @throws IOException where the input cannot be listed, or is to be merged and has more than
         *     {@value InputFiles#OVERLAPPING_MAX} files whose event-time ranges overlap
         */
        public FileTradeSource build() throws IOException {
            List<InputFile> listed = files;
            if (listed == null) {
                if (input == null) {
                    throw new IllegalArgumentException("input must be given, was absent");
                }
                listed = InputFiles.list(input);
            }
            if (merged
                    && listed.size() > InputFiles.OVERLAPPING_MAX
                    && InputFiles.largestOverlap(listed, format, rules) > InputFiles.OVERLAPPING_MAX) {
                throw new IOException(InputFiles.tooManyOverlapping());
            }
            return new FileTradeSource(listed, format, rules, merged);
        }
    }
}
