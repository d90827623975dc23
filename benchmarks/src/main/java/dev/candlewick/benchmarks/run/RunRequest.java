package dev.candlewick.benchmarks.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/**
 * What one measured run is asked to do; travels to the run's process as arguments {@code name=value}.
 *
 * @param contender what runs
 * @param bootstrapServers of the broker
 * @param topic with the records
 * @param format of the records, by its option's name
 * @param intervals of the candles that peers make
 * @param partitions of the topic
 * @param records in the topic, markers included
 * @param warmUpRecords how many are read before the clock starts
 * @param endWatermarkMillis a watermark that passed this was sent behind the last trade of every partition
 * @param outputPrefix what the names of the output topics begin with
 * @param parallelism of every operator
 * @param checkpointIntervalMillis of jobs
 * @param backend of keyed state: hashmap or rocksdb
 * @param brokerPid process id of the broker, for its processor time
 * @param directory for checkpoints and the answer; exists
 * @param settings further options of Candlewick, {@code key=value}
 */
public record RunRequest(
        String contender,
        String bootstrapServers,
        String topic,
        String format,
        List<String> intervals,
        int partitions,
        long records,
        long warmUpRecords,
        long endWatermarkMillis,
        String outputPrefix,
        int parallelism,
        long checkpointIntervalMillis,
        String backend,
        long brokerPid,
        Path directory,
        List<String> settings) {

    private static final String SETTING = "set:";

    /** Takes copies of the lists. */
    public RunRequest {
        intervals = List.copyOf(intervals);
        settings = List.copyOf(settings);
    }

    /** The arguments of the process. */
    List<String> toArguments() {
        Map<String, Object> values = new TreeMap<>();
        values.put("contender", contender);
        values.put("bootstrapServers", bootstrapServers);
        values.put("topic", topic);
        values.put("format", format);
        values.put("intervals", String.join(",", intervals));
        values.put("partitions", partitions);
        values.put("records", records);
        values.put("warmUpRecords", warmUpRecords);
        values.put("endWatermarkMillis", endWatermarkMillis);
        values.put("outputPrefix", outputPrefix);
        values.put("parallelism", parallelism);
        values.put("checkpointIntervalMillis", checkpointIntervalMillis);
        values.put("backend", backend);
        values.put("brokerPid", brokerPid);
        values.put("directory", directory);
        List<String> arguments = new ArrayList<>();
        values.forEach((name, value) -> arguments.add(name + "=" + value));
        settings.forEach(setting -> arguments.add(SETTING + setting));
        return arguments;
    }

    /** Reads {@link #toArguments()}. */
    public static RunRequest parse(String[] arguments) {
        Map<String, String> values = new TreeMap<>();
        List<String> settings = new ArrayList<>();
        for (String argument : arguments) {
            if (argument.startsWith(SETTING)) {
                settings.add(argument.substring(SETTING.length()));
                continue;
            }
            int equals = argument.indexOf('=');
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        return new RunRequest(
                value(values, "contender"),
                value(values, "bootstrapServers"),
                value(values, "topic"),
                value(values, "format"),
                List.of(value(values, "intervals").split(",")),
                Integer.parseInt(value(values, "partitions")),
                Long.parseLong(value(values, "records")),
                Long.parseLong(value(values, "warmUpRecords")),
                Long.parseLong(value(values, "endWatermarkMillis")),
                value(values, "outputPrefix"),
                Integer.parseInt(value(values, "parallelism")),
                Long.parseLong(value(values, "checkpointIntervalMillis")),
                value(values, "backend"),
                Long.parseLong(value(values, "brokerPid")),
                Path.of(value(values, "directory")),
                settings);
    }

    private static String value(Map<String, String> values, String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("run must be given " + name + ", was given " + values.keySet());
        }
        return value;
    }

    /** Where the run's process writes its answer. */
    public Path resultFile() {
        return directory.resolve("result.properties");
    }

    /** All partitions of the topic. */
    public List<TopicPartition> topicPartitions() {
        return IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .toList();
    }
}
