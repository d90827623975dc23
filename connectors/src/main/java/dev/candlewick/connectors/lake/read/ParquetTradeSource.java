package dev.candlewick.connectors.lake.read;

import dev.candlewick.connectors.file.InputFile;
import dev.candlewick.connectors.file.InputFiles;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.state.CheckedVersionedSerializer;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.validate.FeedRules;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * A bounded source over the trades of a lake version, or over a file or folder of Parquet files.
 *
 * <p>The read position of a row is (file, 0, its ordinal in the file). A row's place is what its columns
 * {@code source_partition} and {@code source_position} say, else where it was read. Late and disorder are what its columns
 * say, else no and zero: a table has no order of arrival of its own, so nothing may recompute them. Every row is judged by
 * the feed's rules like a message of any other format.
 *
 * <p>Of a lake that a streaming job wrote, rows that it wrote twice because it was restored come once.
 *
 * <p>Sorted (for STREAMING): one reader gives all rows in the order of event time; run it with parallelism 1. Not sorted
 * (for BATCH): readers take one file after the other, or one day after the other of a lake that a streaming job wrote.
 */
public final class ParquetTradeSource implements Source<Decoded, ParquetSplit, List<ParquetSplit>> {
    private static final long serialVersionUID = 1;
    /** What a row costs while its row group is sorted in memory, about. */
    private static final long ROW_BYTES = 150;

    private final ArrayList<InputFile> files;
    private final ArrayList<Part> parts;
    private final FeedRules rules;
    private final TimeRange range;
    private final boolean sorted;
    private final boolean once;

    /** A split to be, as ordinals of files. */
    private record Part(ArrayList<Integer> ordinals) implements java.io.Serializable {}

    private ParquetTradeSource(
            List<InputFile> files, List<Part> parts, FeedRules rules, TimeRange range, boolean sorted, boolean once) {
        this.files = new ArrayList<>(files);
        this.parts = new ArrayList<>(parts);
        this.rules = rules;
        this.range = range;
        this.sorted = sorted;
        this.once = once;
    }

    /** A builder. */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether a text names a lake, {@code P} or {@code P@version}, and not a file or folder of Parquet files. */
    public static boolean isLake(String text) {
        java.nio.file.Path path = java.nio.file.Path.of(text);
        if (java.nio.file.Files.exists(path)) {
            return java.nio.file.Files.exists(path.resolve("lake.json"));
        }
        int at = text.lastIndexOf('@');
        return at > 0
                && text.substring(at + 1).matches("[0-9]{1,9}")
                && java.nio.file.Files.exists(
                        java.nio.file.Path.of(text.substring(0, at)).resolve("lake.json"));
    }

    /** The files with their ordinals, as {@code run.json} records them. */
    public List<InputFile> files() {
        return List.copyOf(files);
    }

    /** How many readers find something to do. */
    public int parallelismMax() {
        return sorted ? 1 : Math.max(1, parts.size());
    }

    private List<ParquetSplit> splits() {
        List<ParquetSplit> splits = new ArrayList<>();
        for (Part part : parts) {
            splits.add(new ParquetSplit(
                    splits.size(), part.ordinals().stream().map(files::get).toList(), sorted || once, once, range, 0));
        }
        return splits;
    }

    @Override
    public Boundedness getBoundedness() {
        return Boundedness.BOUNDED;
    }

    @Override
    public SplitEnumerator<ParquetSplit, List<ParquetSplit>> createEnumerator(
            SplitEnumeratorContext<ParquetSplit> context) {
        return new ParquetSplitEnumerator(context, splits());
    }

    @Override
    public SplitEnumerator<ParquetSplit, List<ParquetSplit>> restoreEnumerator(
            SplitEnumeratorContext<ParquetSplit> context, List<ParquetSplit> checkpoint) {
        return new ParquetSplitEnumerator(context, checkpoint);
    }

    @Override
    public SourceReader<Decoded, ParquetSplit> createReader(SourceReaderContext context) {
        return new ParquetTradeReader(
                context, rules, files.stream().map(InputFile::relativePath).toList());
    }

    @Override
    public SimpleVersionedSerializer<ParquetSplit> getSplitSerializer() {
        return new CheckedVersionedSerializer<>(new ParquetSplitSerializer(), "split of the Parquet source");
    }

    @Override
    public SimpleVersionedSerializer<List<ParquetSplit>> getEnumeratorCheckpointSerializer() {
        return new CheckedVersionedSerializer<>(new ParquetSplitSerializer.Pending(), "splits of the Parquet source");
    }

    /** Collects the settings; not thread-safe. */
    public static final class Builder {
        private @Nullable LakeCatalog catalog;
        private @Nullable Path input;
        private FeedRules rules = FeedRules.builder().build();
        private TimeRange range = TimeRange.ALL;
        private boolean sorted = true;

        private Builder() {}

        /** The lake version whose trades are read. */
        public Builder catalog(LakeCatalog value) {
            catalog = Objects.requireNonNull(value, "catalog");
            return this;
        }

        /** A file, or a folder whose {@code *.parquet} files are read; instead of {@link #catalog}. */
        public Builder input(Path value) {
            input = Objects.requireNonNull(value, "input");
            return this;
        }

        /** The feed's rules. */
        public Builder rules(FeedRules value) {
            rules = Objects.requireNonNull(value, "rules");
            return this;
        }

        /** Which event times are read. */
        public Builder range(TimeRange value) {
            range = Objects.requireNonNull(value, "range");
            return this;
        }

        /** Whether one reader gives all rows in the order of event time (STREAMING), or readers share them (BATCH). */
        public Builder sortedByEventTime(boolean value) {
            sorted = value;
            return this;
        }

        /**
         * The source.
         *
         * @throws IOException where the input cannot be listed
         * @throws LakeException where there is nothing to read, a file is not a whole Parquet file with the columns of
         *     trades, or more files would have to be open at once than can be
         */
        public ParquetTradeSource build() throws IOException {
            LakeCatalog lake = catalog;
            List<InputFile> files = lake == null ? listed() : of(lake);
            List<Edge> edges = new ArrayList<>();
            for (InputFile file : files) {
                inspect(file, edges);
            }
            boolean once = lake != null && lake.isStreaming();
            if (sorted) {
                checkOverlap(edges);
            }
            return new ParquetTradeSource(files, parts(files, once), rules, range, sorted, once);
        }

        private List<Part> parts(List<InputFile> files, boolean once) {
            Map<String, Part> parts = new LinkedHashMap<>();
            for (InputFile file : files) {
                String path = file.relativePath();
                // Rows written twice have one event time, so one day.
                String together = sorted ? "" : once ? path.substring(0, path.lastIndexOf('/') + 1) : path;
                parts.computeIfAbsent(together, key -> new Part(new ArrayList<>()))
                        .ordinals()
                        .add(file.ordinal());
            }
            return List.copyOf(parts.values());
        }

        private List<InputFile> listed() throws IOException {
            Path from = input;
            if (from == null) {
                throw new IllegalArgumentException("input or catalog must be given, was neither");
            }
            List<InputFile> files = new ArrayList<>();
            List<InputFile> all = InputFiles.list(from);
            for (InputFile file : all) {
                if (file.relativePath().endsWith(".parquet")
                        || all.size() == 1 && file.relativePath().equals(from.getName())) {
                    files.add(new InputFile(files.size(), file.relativePath(), file.uri(), file.bytes()));
                }
            }
            if (files.isEmpty()) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "input of format parquet must hold at least one file whose name ends in .parquet, was without"
                                + " (" + from + ")");
            }
            return files;
        }

        private List<InputFile> of(LakeCatalog lake) {
            if (lake.files(LakeTable.TRADES).isEmpty()) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "lake version to read must have trades, was without any (" + lake.lake() + "@" + lake.version()
                                + "; versions of runs that read a lake, or with archive=off, have none)");
            }
            List<InputFile> files = new ArrayList<>();
            for (LakeFile file : LakeReader.files(lake, LakeTable.TRADES, range)) {
                files.add(new InputFile(
                        files.size(),
                        lake.lake().relativize(file.path()).toString().replace('\\', '/'),
                        file.path().toUri().toString(),
                        file.bytes()));
            }
            return files;
        }

        /** A row group's beginning or end in event time. */
        private record Edge(long time, boolean begin, int file, long rows) {}

        /** Looks at the footer: whether the file can be read, and when its row groups are. */
        private void inspect(InputFile file, List<Edge> edges) {
            try (ParquetInput opened = FileByFileFeed.open(file)) {
                if (opened.bytes() != file.bytes()) {
                    throw opened.broken(opened.bytes() + " bytes long where " + file.bytes() + " are expected");
                }
                TradeRows.check(opened);
                for (RowGroup group : opened.rowGroups()) {
                    if (group.rows() == 0 || !TradeFileReader.mayHold(group, range)) {
                        continue;
                    }
                    Long min = group.min("event_time_ns");
                    Long max = group.max("event_time_ns");
                    edges.add(new Edge(min == null ? Long.MIN_VALUE : min, true, file.ordinal(), group.rows()));
                    edges.add(new Edge(max == null ? Long.MAX_VALUE : max, false, file.ordinal(), group.rows()));
                }
            }
        }

        private static void checkOverlap(List<Edge> edges) {
            edges.sort(Comparator.comparingLong(Edge::time).thenComparing(edge -> edge.begin() ? 0 : 1));
            Map<Integer, Integer> open = new LinkedHashMap<>();
            int mostFiles = 0;
            long rows = 0;
            long mostRows = 0;
            for (Edge edge : edges) {
                rows += edge.begin() ? edge.rows() : -edge.rows();
                open.merge(edge.file(), edge.begin() ? 1 : -1, Integer::sum);
                open.remove(edge.file(), 0);
                mostFiles = Math.max(mostFiles, open.size());
                mostRows = Math.max(mostRows, rows);
            }
            if (mostFiles > InputFiles.OVERLAPPING_MAX) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "at most " + InputFiles.OVERLAPPING_MAX
                                + " Parquet files whose event-time ranges overlap must be"
                                + " merged, was " + mostFiles
                                + "; use --mode batch, which needs no merge, or run candlewick lake compact first");
            }
            long memory = Runtime.getRuntime().maxMemory() / 2;
            if (mostRows > memory / ROW_BYTES) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "row groups whose event-time ranges overlap must fit into half of the memory to be merged, was "
                                + mostRows + " rows of about " + ROW_BYTES + " bytes in " + memory
                                + "; use --mode batch, which needs no merge, or run candlewick lake compact first");
            }
        }
    }
}
