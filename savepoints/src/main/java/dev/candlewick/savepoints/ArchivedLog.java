package dev.candlewick.savepoints;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.read.LakeReader;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.TradeFileReader;
import dev.candlewick.connectors.lake.rows.StoredRow;
import dev.candlewick.connectors.lake.rows.StoredRowReader;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.model.Rejected;
import dev.candlewick.core.model.Trade;
import dev.candlewick.jobs.operators.SourceNames;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.parquet.io.api.Binary;
import org.jspecify.annotations.Nullable;

/**
 * The log that a lake was written from, put together again from its tables of trades and rejected messages: every message
 * of every partition in the order of offsets; used once, one thread.
 *
 * <p>What the lake does not hold is a hole: messages of another type, which are counted and not kept, what Kafka itself
 * puts between messages, or what is lost. Which of them it is no table tells, so a hole is an error unless it is said.
 */
public final class ArchivedLog implements AutoCloseable {
    /** What an offset that the lake does not hold is taken for. */
    public enum Holes {
        /** A message that is lost: the log cannot be put together again. */
        REFUSE,
        /** A message of another type or instrument, which the job counts as filtered. */
        FILTERED,
        /** No message: the marker of a transaction, an aborted or a compacted record. */
        UNREAD
    }

    /** A partition of a topic. */
    public record TopicPartition(String topic, int partition) implements Comparable<TopicPartition> {
        @Override
        public int compareTo(TopicPartition other) {
            int byTopic = topic.compareTo(other.topic);
            return byTopic != 0 ? byTopic : Integer.compare(partition, other.partition);
        }

        @Override
        public String toString() {
            return topic + ':' + partition;
        }
    }

    /**
     * What is known of one partition.
     *
     * @param first the first offset that the lake holds
     * @param end the offset behind the last one that is taken
     * @param messages offsets that the lake holds between them
     * @param missing offsets that it does not hold between them
     */
    public record Partition(TopicPartition id, long first, long end, long messages, long missing) {}

    /** One partition while its rows are collected. */
    static final class Part {
        final int ordinal;
        final TopicPartition id;
        final int source;
        final long outOfOrdernessNanos;
        final OffsetSet offsets = new OffsetSet();
        final long untilOffset;
        long end;

        Part(int ordinal, TopicPartition id, int source, long outOfOrdernessNanos, long untilOffset) {
            this.ordinal = ordinal;
            this.id = id;
            this.source = source;
            this.outOfOrdernessNanos = outOfOrdernessNanos;
            this.untilOffset = untilOffset;
        }
    }

    private final List<LogSource> sources;
    private final SourceNames names;
    private final @Nullable SortedMap<TopicPartition, Long> at;
    private final Holes holes;
    private final LogSpill spill;
    private final SortedMap<TopicPartition, Part> parts = new TreeMap<>();
    private final List<Part> byOrdinal = new ArrayList<>();
    private final TreeSet<String> others = new TreeSet<>();
    private long judgedAnew;

    private ArchivedLog(
            List<LogSource> sources,
            List<String> topics,
            @Nullable Map<TopicPartition, Long> at,
            Holes holes,
            LogSpill spill) {
        this.sources = List.copyOf(sources);
        this.names = new SourceNames(topics);
        this.at = at == null ? null : new TreeMap<>(at);
        this.holes = holes;
        this.spill = spill;
    }

    /**
     * Reads a lake, sorts what it holds on the disk, and checks that it is whole.
     *
     * @param sources those of the job
     * @param topics names of topics in the order of the ordinals that the job gives them
     * @param at the offset at which each partition ends, exclusive; null for all that the lake holds
     * @param directory an empty directory for what does not fit into memory
     * @param memoryBytes what may be sorted in memory at once
     * @param notes receives lines for people
     * @throws SavepointException where the lake does not hold the log up to there
     */
    public static ArchivedLog read(
            LakeCatalog lake,
            List<LogSource> sources,
            List<String> topics,
            @Nullable Map<TopicPartition, Long> at,
            Holes holes,
            Path directory,
            long memoryBytes,
            Consumer<String> notes)
            throws IOException {
        List<LakeFile> trades = lake.files(LakeTable.TRADES);
        if (trades.isEmpty()) {
            throw new SavepointException(
                    "the lake must hold the archived trades of the job, was without any (" + lake.lake() + "@"
                            + lake.version() + ")",
                    "use the lake of a streaming job with archive=on; versions of runs that read a lake have none",
                    null);
        }
        ArchivedLog log = new ArchivedLog(sources, topics, at, holes, new LogSpill(directory, memoryBytes));
        try {
            for (int source = 0; source < sources.size(); source++) {
                for (int file = 0; file < trades.size(); file++) {
                    log.addTrades(trades.get(file), file, source);
                }
            }
            List<LakeFile> rejected = lake.files(LakeTable.REJECTED);
            for (int file = 0; file < rejected.size(); file++) {
                log.addRejected(rejected.get(file).path(), trades.size() + file);
            }
            log.check(lake);
            log.spill.finish();
        } catch (IOException | RuntimeException e) {
            log.close();
            throw e;
        }
        if (!log.others.isEmpty()) {
            notes.accept("left out, since no source of the job reads them: " + String.join(", ", log.others));
        }
        if (log.judgedAnew > 0) {
            notes.accept(
                    log.judgedAnew + " archived trades are rejected or filtered by the settings of the new job, and"
                            + " count as such");
        }
        return log;
    }

    private void addTrades(LakeFile file, int fileOrdinal, int source) throws IOException {
        LogSource own = sources.get(source);
        try (TradeFileReader reader = LakeReader.trades(file, fileOrdinal, own.rules(), TimeRange.ALL)) {
            Part last = null;
            for (Decoded row = reader.next(); row != null; row = reader.next()) {
                String topic = reader.archivedSource();
                if (topic == null) {
                    throw new SavepointException(
                            "archived trades must tell where they were read, did not (" + file.path() + ")",
                            "use the lake of a streaming job; one that was written from other tables has no log",
                            null);
                }
                int partition = (int) reader.archivedPartition();
                long offset = reader.archivedOffset();
                if (last == null
                        || last.id.partition() != partition
                        || !last.id.topic().equals(topic)) {
                    last = part(topic, partition, source);
                }
                if (last == null || offset >= last.untilOffset) {
                    continue;
                }
                last.offsets.add(offset);
                int ordinal = names.ordinal(topic);
                switch (row.kind()) {
                    case TRADE -> {
                        Trade trade = row.trade();
                        trade.readSource = ordinal;
                        trade.readPartition = partition;
                        trade.readOffset = offset;
                        row.setTrade();
                    }
                    case REJECTED -> {
                        judgedAnew++;
                        Rejected found = row.rejected();
                        row.setRejected(new Rejected(
                                found.reason(),
                                found.message(),
                                found.raw(),
                                found.eventTimeNanos(),
                                found.receiveTimeNanos(),
                                found.ingestTimeNanos(),
                                ordinal,
                                partition,
                                offset));
                    }
                    case FILTERED -> {
                        judgedAnew++;
                        row.setFiltered(ordinal, partition, offset);
                    }
                }
                spill.add(last.ordinal, offset, fileOrdinal, row);
            }
        }
    }

    private void addRejected(Path file, int fileOrdinal) throws IOException {
        LakeTable table = LakeTable.REJECTED;
        int reason = StoredRow.column(table, "reason");
        int message = StoredRow.column(table, "message");
        int raw = StoredRow.column(table, "raw");
        int eventTime = StoredRow.column(table, "event_time_ns");
        int receiveTime = StoredRow.column(table, "recv_time_ns");
        int ingestTime = StoredRow.column(table, "ingest_time_ns");
        int readSource = StoredRow.column(table, "read_source");
        int readPartition = StoredRow.column(table, "read_partition");
        int readOffset = StoredRow.column(table, "read_offset");
        try (StoredRowReader reader = StoredRowReader.open(file, table)) {
            for (StoredRow row = reader.next(); row != null; row = reader.next()) {
                String topic = row.text(readSource);
                if (topic == null
                        || !(row.get(readPartition) instanceof Integer partition)
                        || !(row.get(readOffset) instanceof Long offset)
                        || !(row.get(raw) instanceof Binary bytes)) {
                    throw new SavepointException(
                            "a rejected message must tell where it was read, did not (" + file + ")",
                            "run ./candlewick verify over the lake",
                            null);
                }
                Part part = null;
                for (int source = 0; source < sources.size() && part == null; source++) {
                    part = part(topic, partition, source);
                }
                if (part == null || offset >= part.untilOffset) {
                    continue;
                }
                part.offsets.add(offset);
                spill.add(
                        part.ordinal,
                        offset,
                        fileOrdinal,
                        new Decoded()
                                .setRejected(new Rejected(
                                        Reason.valueOf(String.valueOf(row.text(reason))),
                                        String.valueOf(row.text(message)),
                                        bytes.getBytes(),
                                        time(row.get(eventTime)),
                                        time(row.get(receiveTime)),
                                        time(row.get(ingestTime)),
                                        names.ordinal(topic),
                                        partition,
                                        offset)));
            }
        }
    }

    private static long time(@Nullable Object value) {
        return value instanceof Long nanos ? nanos : Trade.TIME_ABSENT;
    }

    /** The partition, null where the source does not read its topic. */
    private @Nullable Part part(String topic, int partition, int source) {
        if (!sources.get(source).topics().matcher(topic).matches()) {
            if (sources.stream()
                    .noneMatch(other -> other.topics().matcher(topic).matches())) {
                others.add(topic);
            }
            return null;
        }
        TopicPartition id = new TopicPartition(topic, partition);
        Part known = parts.get(id);
        if (known != null) {
            return known;
        }
        SortedMap<TopicPartition, Long> given = at;
        Long until = given == null ? Long.valueOf(Long.MAX_VALUE) : given.get(id);
        if (until == null) {
            throw new SavepointException(
                    "--at must name every partition of the lake, was without " + id,
                    "add " + id + "=OFFSET; with the offset of its first message it is left out",
                    null);
        }
        Part made = new Part(byOrdinal.size(), id, source, sources.get(source).outOfOrdernessNanos(), until);
        parts.put(id, made);
        byOrdinal.add(made);
        return made;
    }

    private void check(LakeCatalog lake) {
        if (parts.isEmpty()) {
            throw new SavepointException(
                    "the lake must hold trades of a topic that the job reads, was of " + others + " in place of "
                            + sources.stream().map(LogSource::topics).toList() + " (" + lake.lake() + "@"
                            + lake.version() + ")",
                    "set source.topic (or sources) as the job that wrote the lake had it",
                    null);
        }
        SortedMap<TopicPartition, Long> given = at;
        if (given != null) {
            List<TopicPartition> unknown =
                    given.keySet().stream().filter(id -> !parts.containsKey(id)).toList();
            if (!unknown.isEmpty()) {
                throw new SavepointException(
                        "--at must name partitions of the lake, was " + unknown + " beside " + parts.keySet(),
                        "leave them out: a partition without a message is read from its beginning",
                        null);
            }
        }
        List<String> problems = new ArrayList<>();
        for (Part part : byOrdinal) {
            long last = part.offsets.last();
            part.end = part.untilOffset == Long.MAX_VALUE ? last + 1 : part.untilOffset;
            if (part.offsets.count() == 0) {
                continue;
            }
            if (part.end > last + 1 && holes == Holes.REFUSE) {
                problems.add(part.id + " holds nothing from " + (last + 1) + " to " + part.end);
            }
            long missing = part.offsets.nextMissing(part.offsets.first());
            if (missing < last && holes == Holes.REFUSE) {
                long count = last + 1 - part.offsets.first() - part.offsets.count();
                problems.add(part.id + " lacks " + count + " offsets, the first from " + missing + " to "
                        + part.offsets.nextPresent(missing));
            }
        }
        if (!problems.isEmpty()) {
            throw new SavepointException(
                    "the lake must hold every message of the log, was with holes: " + String.join("; ", problems) + " ("
                            + lake.lake() + "@" + lake.version() + ")",
                    "publish what the job has committed (./candlewick lake publish), and check the lake"
                            + " (./candlewick verify); where the topic holds messages of other types, say"
                            + " --holes filtered, where producers write transactions, --holes unread",
                    null);
        }
    }

    /** The partitions, by topic and number. */
    public List<Partition> partitions() {
        return parts.values().stream()
                .map(part -> {
                    long first = part.offsets.first();
                    return new Partition(
                            part.id,
                            first < 0 ? part.end : first,
                            part.end,
                            part.offsets.count(),
                            first < 0 ? 0 : part.end - first - part.offsets.count());
                })
                .toList();
    }

    /** What fills the holes. */
    Holes holes() {
        return holes;
    }

    /** The partitions in the order of their ordinals. */
    List<Part> parts() {
        return byOrdinal;
    }

    /** Ordinal of a topic. */
    int ordinalOf(String topic) {
        return names.ordinal(topic);
    }

    /** The messages of a partition in the order of their offsets. */
    LogSpill.Messages messages(Part part) throws IOException {
        return spill.messages(part.ordinal);
    }

    @Override
    public void close() throws IOException {
        spill.close();
    }
}
