package dev.candlewick.local.drill;

import dev.candlewick.local.cli.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Compares two topics by what readers of committed messages see. */
final class TopicComparison {
    private static final int EXAMPLES_MAX = 3;
    private static final int EXAMPLE_LENGTH_MAX = 300;

    private TopicComparison() {}

    /** Keys and values as they are, each as often as it stands there. */
    static Finding bytes(
            String lane,
            String output,
            List<ConsumerRecord<byte[], byte[]>> disturbed,
            List<ConsumerRecord<byte[], byte[]>> quiet) {
        return compare(lane, output, counted(disturbed), counted(quiet), 0, new ArrayList<>());
    }

    /**
     * The last revision of each key without {@code revision} and {@code reason}; and in the disturbed topic each key's
     * revisions must be 0, 1, 2 and so on: a number that comes again is a repeated value, one that is left out a missing one.
     */
    static Finding lastRevisions(
            String lane,
            String output,
            List<ConsumerRecord<byte[], byte[]>> disturbed,
            List<ConsumerRecord<byte[], byte[]>> quiet) {
        List<String> examples = new ArrayList<>();
        long[] repeated = {0};
        long[] leftOut = {0};
        Map<String, Integer> last = last(disturbed, (key, before, revision) -> {
            if (revision <= before) {
                repeated[0]++;
            } else {
                leftOut[0]++;
            }
            example(examples, "revisions must be 0, 1, 2…: " + key + " had " + before + ", then " + revision);
        });
        Finding values = compare(lane, output, last, last(quiet, (key, before, revision) -> {}), repeated[0], examples);
        return new Finding(
                lane,
                output,
                values.expected(),
                values.missing() + leftOut[0],
                values.foreign(),
                values.repeated(),
                examples);
    }

    private interface WrongNumbers {
        void found(String key, long before, long revision);
    }

    private static Map<String, Integer> last(List<ConsumerRecord<byte[], byte[]>> records, WrongNumbers faults) {
        record Latest(long revision, String value) {}
        Map<String, Latest> latest = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String key = text(record.key());
            Map<String, Json.Value> fields = Json.object(record.value());
            Json.Value number = fields == null ? null : fields.get("revision");
            if (fields == null || number == null) {
                throw new IllegalStateException(
                        "message must have a revision, was " + text(record.value()) + " (" + record.topic() + ")");
            }
            Map<String, Json.Value> rest = new LinkedHashMap<>(fields);
            long revision = Long.parseLong(number.text());
            rest.remove("revision");
            rest.remove("reason");
            Latest known = latest.get(key);
            long before = known == null ? -1 : known.revision();
            if (revision != before + 1) {
                faults.found(key, before, revision);
            }
            if (revision >= before) {
                String value = rest.entrySet().stream()
                        .map(field -> field.getKey() + "=" + field.getValue().text())
                        .collect(Collectors.joining(" "));
                latest.put(key, new Latest(revision, value));
            }
        }
        Map<String, Integer> counted = new TreeMap<>();
        latest.forEach((key, value) -> counted.put(key + " " + value.value(), 1));
        return counted;
    }

    private static Map<String, Integer> counted(List<ConsumerRecord<byte[], byte[]>> records) {
        Map<String, Integer> counted = new TreeMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            counted.merge(text(record.key()) + " " + text(record.value()), 1, Integer::sum);
        }
        return counted;
    }

    private static Finding compare(
            String lane,
            String output,
            Map<String, Integer> disturbed,
            Map<String, Integer> quiet,
            long notGrowing,
            List<String> examples) {
        long expected = 0;
        long missing = 0;
        long foreign = 0;
        long repeated = notGrowing;
        for (Map.Entry<String, Integer> entry : quiet.entrySet()) {
            int has = disturbed.getOrDefault(entry.getKey(), 0);
            expected += entry.getValue();
            missing += Math.max(0, entry.getValue() - has);
            repeated += Math.max(0, has - entry.getValue());
            if (has != entry.getValue()) {
                example(examples, (has < entry.getValue() ? "missing: " : "repeated: ") + entry.getKey());
            }
        }
        for (Map.Entry<String, Integer> entry : disturbed.entrySet()) {
            if (!quiet.containsKey(entry.getKey())) {
                foreign += entry.getValue();
                example(examples, "not in the undisturbed run: " + entry.getKey());
            }
        }
        return new Finding(lane, output, expected, missing, foreign, repeated, examples);
    }

    private static void example(List<String> examples, String text) {
        if (examples.size() < EXAMPLES_MAX) {
            examples.add(text.length() <= EXAMPLE_LENGTH_MAX ? text : text.substring(0, EXAMPLE_LENGTH_MAX) + "…");
        }
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "" : new String(bytes, StandardCharsets.UTF_8);
    }
}
