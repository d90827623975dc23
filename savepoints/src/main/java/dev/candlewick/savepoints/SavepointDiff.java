package dev.candlewick.savepoints;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.engine.StateFields;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.jobs.operators.PartitionCount;
import dev.candlewick.jobs.operators.PartitionMark;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Compares what Candlewick remembers in two savepoints, by key and field; of operators and how they are kept only what
 * changes a restore. Parallelism, backend and format make no difference.
 *
 * <p>Both must not be wider than memory: of the first a checksum for each instrument is kept, and the instruments that
 * differ.
 */
public final class SavepointDiff {
    /** What changed of a part. */
    public enum Change {
        /** Only the second has it. */
        ADDED,
        /** Only the first has it. */
        REMOVED,
        /** Both have it with other values. */
        CHANGED
    }

    /**
     * One difference.
     *
     * @param part {@code instrument}, {@code mark}, {@code counters}, {@code offset}, {@code published}, {@code ended} or
     *     {@code silence}
     * @param key of the part: an instrument, or a partition
     * @param field what of it, as in {@link StateFields}; empty for the whole
     * @param left value in the first, null where it has none
     * @param right value in the second, null where it has none
     */
    public record Difference(
            Change change,
            String part,
            String key,
            String field,
            @Nullable String left,
            @Nullable String right) {}

    /** Receives differences, part by part, sorted by key and field. */
    @FunctionalInterface
    public interface Differences {
        /** One difference. */
        void accept(Difference difference);
    }

    private final Differences output;
    private final @Nullable SettledState settled;
    private long count;

    private SavepointDiff(Differences output, @Nullable SettledState settled) {
        this.output = output;
        this.settled = settled;
    }

    /**
     * Compares two savepoints.
     *
     * @return how many differences there are
     */
    public static long compare(Savepoint left, Savepoint right, Differences output) {
        return compare(left, right, null, true, output);
    }

    /**
     * Compares two savepoints.
     *
     * @param settings where both are brought to the watermark that the later of them has reached before they are compared,
     *     such that it makes no difference when watermarks came; null to compare them as they are
     * @param withOffsets whether the offsets of the sources are compared
     * @return how many differences there are
     */
    public static long compare(
            Savepoint left,
            Savepoint right,
            SettledState.@Nullable Settings settings,
            boolean withOffsets,
            Differences output) {
        SavepointContents from = new SavepointContents(left);
        SavepointContents to = new SavepointContents(right);
        SavepointDiff diff = new SavepointDiff(output, settings == null ? null : SettledState.of(settings, from, to));
        diff.instruments(from, to);
        diff.compare("mark", marks(from), marks(to));
        diff.compare("counters", diff.counters(from), diff.counters(to));
        if (withOffsets) {
            diff.compare("offset", offsets(from), offsets(to));
        }
        diff.compare(
                "published",
                Map.of("", Arrays.toString(diff.published(from))),
                Map.of("", Arrays.toString(diff.published(to))));
        diff.compare("ended", ended(from), ended(to));
        diff.compare("silence", diff.silence(from), diff.silence(to));
        return diff.count;
    }

    private long[] published(SavepointContents contents) {
        return settled == null ? contents.published() : settled.published(contents);
    }

    private SortedMap<String, String> ofInstrument(InstrumentState state, List<Long> timersMillis) {
        if (settled == null) {
            return fields(state, timersMillis);
        }
        settled.settle(state);
        return StateFields.of(state);
    }

    /** Every field of an instrument, timers included. */
    static SortedMap<String, String> fields(InstrumentState state, List<Long> timersMillis) {
        SortedMap<String, String> fields = new TreeMap<>(StateFields.of(state));
        fields.put("registered-timers-ms", timersMillis.toString());
        return fields;
    }

    private void instruments(SavepointContents left, SavepointContents right) {
        Map<String, Long> checksums = new HashMap<>();
        Map<String, List<Long>> leftOrphans = left.forEachInstrument(
                        (key, state, timers) -> checksums.put(key, checksum(ofInstrument(state, timers))))
                .orphanTimers();
        Map<String, SortedMap<String, String>> changed = new TreeMap<>();
        Set<String> added = new TreeSet<>();
        Map<String, List<Long>> rightOrphans = right.forEachInstrument((key, state, timers) -> {
                    Long before = checksums.remove(key);
                    SortedMap<String, String> fields = ofInstrument(state, timers);
                    if (before == null) {
                        added.add(key);
                    } else if (before != checksum(fields)) {
                        changed.put(key, fields);
                    }
                })
                .orphanTimers();
        Set<String> removed = new TreeSet<>(checksums.keySet());
        removed.forEach(key -> add(new Difference(Change.REMOVED, "instrument", key, "", key, null)));
        added.forEach(key -> add(new Difference(Change.ADDED, "instrument", key, "", null, key)));
        if (!changed.isEmpty()) {
            left.forEachInstrument((key, state, timers) -> {
                SortedMap<String, String> after = changed.get(key);
                if (after != null) {
                    compare("instrument", key, ofInstrument(state, timers), after);
                }
            });
        }
        compare("timers without instrument", texts(leftOrphans), texts(rightOrphans));
    }

    private static Map<String, String> texts(Map<String, List<Long>> timers) {
        Map<String, String> texts = new TreeMap<>();
        timers.forEach((key, list) -> texts.put(key, list.toString()));
        return texts;
    }

    /** Two different instruments are told equal once in 2^64. */
    private static long checksum(SortedMap<String, String> fields) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Map.Entry<String, String> field : fields.entrySet()) {
                out.writeUTF(field.getKey());
                out.writeUTF(field.getValue());
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        byte[] all = bytes.toByteArray();
        CRC32C crc = new CRC32C();
        crc.update(all);
        return crc.getValue() << 32 | Arrays.hashCode(all) & 0xffffffffL;
    }

    private static Map<String, String> marks(SavepointContents contents) {
        Map<String, String> marks = new TreeMap<>();
        for (PartitionMark mark : contents.marks()) {
            marks.put(mark.source() + '/' + mark.partition(), Long.toString(mark.markNanos()));
        }
        return marks;
    }

    private Map<String, String> counters(SavepointContents contents) {
        if (settled != null) {
            return SettledState.counters(contents);
        }
        Map<String, String> counters = new TreeMap<>();
        for (PartitionCount count : contents.counters()) {
            counters.put(count.source() + '/' + count.partition(), Arrays.toString(count.counters()));
        }
        return counters;
    }

    private static Map<String, String> offsets(SavepointContents contents) {
        Map<String, String> offsets = new TreeMap<>();
        for (SavepointContents.NextOffset offset : contents.offsets()) {
            offsets.put(offset.uid() + '/' + offset.topic() + '/' + offset.partition(), Long.toString(offset.offset()));
        }
        return offsets;
    }

    /** Of finished subtasks the sums count: how many there were is a matter of parallelism. */
    private static Map<String, String> ended(SavepointContents contents) {
        Map<String, String> ended = new TreeMap<>();
        for (StageTotals totals : contents.ended()) {
            Map<String, String> partitions = new TreeMap<>();
            totals.partitions().forEach((name, counters) -> partitions.put(name, Arrays.toString(counters)));
            ended.put(totals.stage() + "/" + totals.subtask(), partitions + " " + Arrays.toString(totals.intervals()));
        }
        return ended;
    }

    private Map<String, String> silence(SavepointContents contents) {
        if (settled != null) {
            return settled.silence(contents);
        }
        Map<String, String> silence = new TreeMap<>();
        List<byte[]> states = contents.silence();
        for (int i = 0; i < states.size(); i++) {
            silence.put(Integer.toString(i), Base64.getEncoder().encodeToString(states.get(i)));
        }
        return silence;
    }

    private void compare(String part, Map<String, String> left, Map<String, String> right) {
        Set<String> keys = new TreeSet<>(left.keySet());
        keys.addAll(right.keySet());
        for (String key : keys) {
            difference(part, key, "", left.get(key), right.get(key));
        }
    }

    private void compare(String part, String key, Map<String, String> left, Map<String, String> right) {
        Set<String> fields = new TreeSet<>(left.keySet());
        fields.addAll(right.keySet());
        for (String field : fields) {
            difference(part, key, field, left.get(field), right.get(field));
        }
    }

    private void difference(String part, String key, String field, @Nullable String left, @Nullable String right) {
        if (left == null) {
            add(new Difference(Change.ADDED, part, key, field, null, right));
        } else if (right == null) {
            add(new Difference(Change.REMOVED, part, key, field, left, null));
        } else if (!left.equals(right)) {
            add(new Difference(Change.CHANGED, part, key, field, left, right));
        }
    }

    private void add(Difference difference) {
        count++;
        output.accept(difference);
    }
}
