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
     * revisions must grow from message to message.
     */
    static Finding lastRevisions(
            String lane,
            String output,
            List<ConsumerRecord<byte[], byte[]>> disturbed,
            List<ConsumerRecord<byte[], byte[]>> quiet) {
        List<String> examples = new ArrayList<>();
        long[] repeated = {0};
        Map<String, Integer> last = last(disturbed, key -> {
            repeated[0]++;
            if (examples.size() < EXAMPLES_MAX) {
                examples.add("revision must grow: " + key);
            }
        });
        return compare(lane, output, last, last(quiet, key -> {}), repeated[0], examples);
    }

    private interface NotGrowing {
        void found(String what);
    }

    private static Map<String, Integer> last(List<ConsumerRecord<byte[], byte[]>> records, NotGrowing faults) {
        record Latest(long revision, String value) {}
        Map<String, Latest> latest = new HashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            String key = text(record.key());
            Map<String, Json.Value> fields = Json.object(record.value());
            if (fields == null || !fields.containsKey("revision")) {
                faults.found(key + " has no revision: " + text(record.value()));
                continue;
            }
            Map<String, Json.Value> rest = new LinkedHashMap<>(fields);
            long revision = Long.parseLong(fields.get("revision").text());
            rest.remove("revision");
            rest.remove("reason");
            Latest before = latest.get(key);
            if (before != null && revision <= before.revision()) {
                faults.found(key + " had " + before.revision() + ", then " + revision);
            }
            if (before == null || revision >= before.revision()) {
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
