package dev.candlewick.local.lake;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.core.model.Reason;
import dev.candlewick.core.parse.TextEscapes;
import dev.candlewick.jobs.config.ConfigurationException;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import dev.candlewick.local.cli.Similar;
import dev.candlewick.local.job.JobArguments;
import dev.candlewick.local.tail.CommittedMessages;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * What was rejected and why; and sends it again after a repair.
 *
 * <p>A requeued record is the same trade in the total order: it carries the place and the key of its original, which is
 * looked up in its topic; where it is no longer there, the position at which it was read is its place, as it was for the
 * job. Sent twice it is a duplicate by its id; without an id it counts twice, which is said before anything is sent.
 */
@Command(
        name = "rejected",
        description = {
            "Summarise rejected messages by reason, write them to a file, or send them to a topic again.",
            "",
            "--requeue first says what would happen with each record under the configuration given here; nothing is"
                    + " sent without --yes."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick rejected --lake lake",
            "  candlewick rejected --topic trades.rejected --reason PRECISION --examples 5",
            "  candlewick rejected --topic trades.rejected --reason PRECISION --export bad.txt",
            "  candlewick rejected --requeue --from bad.txt --to trades --set 'price.scale=*=14' --yes"
        })
public final class RejectedCommand extends LakeCommand {
    private static final String EXPORT_HEADER = "# reason\tsource\tpartition\toffset\tmessage";
    private static final int NAMES_SHOWN = 8;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    @ArgGroup(multiplicity = "1")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private Origin from;

    /** Where the messages are. */
    static final class Origin {
        @Option(
                names = "--lake",
                paramLabel = "P[@VERSION]",
                description = "The lake's folder, and which version (default: the current one).")
        private @Nullable String lake;

        @Option(names = "--topic", paramLabel = "T", description = "The topic of rejected messages.")
        private @Nullable String topic;

        @Option(names = "--from", paramLabel = "FILE", description = "A file that --export wrote, perhaps repaired.")
        private @Nullable String file;
    }

    @Option(names = "--reason", paramLabel = "R", description = "Only messages with this code.")
    private @Nullable String reason;

    @Option(
            names = "--examples",
            paramLabel = "N",
            defaultValue = "2",
            description = "Examples of each reason (default: ${DEFAULT-VALUE}).")
    private int examples;

    @Option(
            names = "--export",
            paramLabel = "FILE",
            description = "Write the messages to a new file, one a line behind its position, to be repaired there.")
    private @Nullable String export;

    @Option(names = "--requeue", description = "Send the messages to a topic again.")
    private boolean requeue;

    @Option(
            names = "--to",
            paramLabel = "TOPIC",
            description = "Where to send (default: the topic they were read from).")
    private @Nullable String to;

    @Option(names = "--include-rejected", description = "Also send what would be rejected again.")
    private boolean includeRejected;

    @Option(names = "--yes", description = "Send; without it, only say what would be sent.")
    private boolean yes;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    @Mixin
    private final JobArguments job = new JobArguments();

    private final Set<String> seen = new HashSet<>();

    @Override
    protected ExitCode read() throws IOException {
        checkOptions();
        try (Interruption interruption = Interruption.watch(() -> {})) {
            if (export != null) {
                return export(export, interruption);
            }
            if (requeue) {
                List<RejectedMessage> messages = new ArrayList<>();
                each(interruption, messages::add);
                if (interruption.requested()) {
                    return ExitCode.INTERRUPTED;
                }
                return new Requeue(
                                BootstrapServers.resolve(context(), kafka),
                                to,
                                configuration(),
                                fileOrdinals(),
                                includeRejected,
                                yes)
                        .run(messages, output(), examples, this::note, interruption);
            }
            Map<String, Summary> summaries = new TreeMap<>();
            each(
                    interruption,
                    message -> summaries
                            .computeIfAbsent(message.reason(), name -> new Summary())
                            .add(message, examples));
            print(summaries);
            return interruption.requested() ? ExitCode.INTERRUPTED : ExitCode.OK;
        }
    }

    private void checkOptions() {
        if (reason != null) {
            List<String> codes = Arrays.stream(Reason.values()).map(Enum::name).toList();
            reason = reason.toUpperCase(Locale.ROOT);
            if (!codes.contains(reason)) {
                List<String> similar = Similar.to(reason, codes);
                throw CommandFailure.usage(
                        "reason must be one of " + String.join(", ", codes) + ", was " + TextEscapes.value(reason),
                        "--reason",
                        similar.isEmpty() ? null : "did you mean " + similar.get(0) + "?");
            }
        }
        if (examples < 0) {
            throw CommandFailure.usage("examples must be at least 0, was " + examples, "--examples", "for example 5");
        }
        if (requeue && export != null) {
            throw CommandFailure.usage("one of --requeue and --export must be given, was both", null, null);
        }
        if (!requeue && (yes || to != null || includeRejected)) {
            throw CommandFailure.usage(
                    "--to, --include-rejected and --yes must come with --requeue, was without", null, null);
        }
    }

    /** The files of a run over files: a file's ordinal is the partition of its records' place. */
    private Map<String, Integer> fileOrdinals() throws IOException {
        Map<String, Integer> ordinals = new HashMap<>();
        if (from.lake != null) {
            LakeCatalog catalog = catalog(from.lake);
            if (!catalog.isStreaming()) {
                List<String> sources = catalog.sources();
                for (int i = 0; i < sources.size(); i++) {
                    ordinals.put(sources.get(i), i);
                }
            }
        }
        return ordinals;
    }

    private ResolvedConfiguration configuration() {
        try {
            return ResolvedConfiguration.resolve(ConfigurationSources.builder()
                    .commandLine(job.arguments(List.of()))
                    .environment(context().environment())
                    .workingDirectory(context().workingDirectory())
                    .build());
        } catch (ConfigurationException e) {
            throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()), null, null, e);
        }
    }

    /** Hands over every message once, in the order of what was read first. */
    private void each(Interruption interruption, Consumer<RejectedMessage> consumer) throws IOException {
        Consumer<RejectedMessage> wanted = message -> {
            // A restored job may have written it twice.
            if ((reason == null || reason.equals(message.reason()))
                    && seen.add(message.position() + ' ' + message.reason() + ' ' + message.message())) {
                consumer.accept(message);
            }
        };
        if (from.lake != null) {
            fromLake(catalog(from.lake), wanted);
        } else if (from.topic != null) {
            fromTopic(from.topic, interruption, wanted);
        } else if (from.file != null) {
            fromFile(path(from.file), wanted);
        }
    }

    private static void fromLake(LakeCatalog catalog, Consumer<RejectedMessage> consumer) {
        try (LakeDatabase database = LakeDatabase.open(catalog, null)) {
            database.query(
                    "SELECT reason, message, raw, coalesce(event_time_ns, recv_time_ns, ingest_time_ns), read_source,"
                            + " read_partition, read_offset FROM rejected"
                            + " ORDER BY read_source, read_partition, read_offset",
                    new LakeDatabase.Rows() {
                        @Override
                        public void columns(List<String> names, List<Boolean> numeric) {}

                        @Override
                        public void row(List<? extends @Nullable Object> values) {
                            Object raw = values.get(2);
                            consumer.accept(new RejectedMessage(
                                    String.valueOf(values.get(0)),
                                    String.valueOf(values.get(1)),
                                    raw instanceof byte[] bytes ? bytes : new byte[0],
                                    values.get(3) instanceof Number time ? time.longValue() : null,
                                    String.valueOf(values.get(4)),
                                    values.get(5) instanceof Number partition ? partition.intValue() : 0,
                                    values.get(6) instanceof Number offset ? offset.longValue() : 0));
                        }
                    });
        }
    }

    private void fromTopic(String topic, Interruption interruption, Consumer<RejectedMessage> consumer) {
        String bootstrap = BootstrapServers.resolve(context(), kafka);
        int[] unreadable = {0};
        CommittedMessages.read(bootstrap, topic, interruption, record -> {
            RejectedMessage message = record.value() == null ? null : parse(record.value());
            if (message == null) {
                unreadable[0]++;
            } else {
                consumer.accept(message);
            }
        });
        if (unreadable[0] > 0) {
            note("note: " + unreadable[0] + " messages of topic " + topic
                    + " are not rejected messages and were left out");
        }
    }

    /** A message of the topic, null where it is none. */
    static @Nullable RejectedMessage parse(byte[] value) {
        Map<String, Json.Value> fields = Json.object(value);
        if (fields == null) {
            return null;
        }
        try {
            String code = text(fields, "reason");
            String source = text(fields, "read_source");
            String partition = text(fields, "read_partition");
            String offset = text(fields, "read_offset");
            String raw = text(fields, "raw_base64");
            if (code == null || source == null || partition == null || offset == null || raw == null) {
                return null;
            }
            Long time = null;
            for (String name : List.of("ingest_time_ns", "recv_time_ns", "event_time_ns")) {
                String nanos = text(fields, name);
                time = nanos == null ? time : Long.valueOf(nanos);
            }
            String message = text(fields, "message");
            return new RejectedMessage(
                    code,
                    message == null ? "" : message,
                    Base64.getDecoder().decode(raw),
                    time,
                    source,
                    Integer.parseInt(partition),
                    Long.parseLong(offset));
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static @Nullable String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        return value == null || value.kind() == Json.Kind.NULL ? null : value.text();
    }

    private static void fromFile(Path file, Consumer<RejectedMessage> consumer) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            long number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (line.startsWith("#") || line.isEmpty()) {
                    continue;
                }
                String[] cells = line.split("\t", 5);
                byte[] raw = cells.length == 5 ? RejectedMessage.parseLine(cells[4]) : null;
                try {
                    if (raw == null) {
                        throw new NumberFormatException();
                    }
                    consumer.accept(new RejectedMessage(
                            cells[0], "", raw, null, cells[1], Integer.parseInt(cells[2]), Long.parseLong(cells[3])));
                } catch (NumberFormatException e) {
                    throw CommandFailure.usage(
                            "line must hold reason, source, partition, offset and the escaped message, separated by tabs,"
                                    + " was " + TextEscapes.value(line),
                            file + ", line " + number,
                            "in the message a tab is \\t, a line end \\n, a backslash \\\\ and any byte \\xNN");
                }
            }
        }
    }

    private ExitCode export(String name, Interruption interruption) throws IOException {
        Path file = path(name);
        long[] count = {0};
        try (BufferedWriter out = Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            out.write(EXPORT_HEADER);
            out.newLine();
            each(interruption, message -> {
                try {
                    out.write(String.join(
                            "\t",
                            message.reason(),
                            message.source(),
                            Integer.toString(message.partition()),
                            Long.toString(message.offset()),
                            message.line()));
                    out.newLine();
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                count[0]++;
            });
        } catch (java.nio.file.FileAlreadyExistsException e) {
            throw CommandFailure.usage("file must not exist, was there", file.toString(), "choose another name");
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("messages", count[0]);
        result.put("file", file.toString());
        output().record(result);
        return interruption.requested() ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    /** What is known of one reason. */
    private static final class Summary {
        private long count;
        private @Nullable Long first;
        private @Nullable Long last;
        private final Set<String> venues = new TreeSet<>();
        private final Map<String, Long> partitions = new HashMap<>();
        private final List<RejectedMessage> examples = new ArrayList<>();

        void add(RejectedMessage message, int examplesMax) {
            count++;
            Long time = message.timeNanos();
            if (time != null) {
                first = first == null ? time : Long.valueOf(Math.min(first, time));
                last = last == null ? time : Long.valueOf(Math.max(last, time));
            }
            String venue = message.venue();
            if (venue != null && venues.size() < 1_000) {
                venues.add(venue);
            }
            partitions.merge(TextEscapes.value(message.source()) + '/' + message.partition(), 1L, Long::sum);
            if (examples.size() < examplesMax) {
                examples.add(message);
            }
        }
    }

    private void print(Map<String, Summary> summaries) {
        long total =
                summaries.values().stream().mapToLong(summary -> summary.count).sum();
        List<Map.Entry<String, Summary>> sorted = new ArrayList<>(summaries.entrySet());
        sorted.sort(Comparator.comparingLong((Map.Entry<String, Summary> entry) -> -entry.getValue().count)
                .thenComparing(Map.Entry::getKey));
        Output output = output();
        boolean people = output.format() == OutputFormat.TABLE;
        List<Column> columns = new ArrayList<>(List.of(
                Column.text("reason"),
                Column.number("count"),
                Column.number("share"),
                Column.text("first"),
                Column.text("last"),
                Column.text("venues"),
                Column.text("partitions")));
        if (!people) {
            columns.add(Column.text("examples"));
        }
        try (Output.Table table = output.table(columns)) {
            for (Map.Entry<String, Summary> entry : sorted) {
                Summary summary = entry.getValue();
                List<@Nullable Object> row = new ArrayList<>();
                row.add(entry.getKey());
                row.add(summary.count);
                row.add(String.format(Locale.ROOT, "%.4f", (double) summary.count / total));
                row.add(time(summary.first));
                row.add(time(summary.last));
                row.add(people ? names(summary.venues) : List.copyOf(summary.venues));
                row.add(people ? names(new TreeSet<>(summary.partitions.keySet())) : new TreeMap<>(summary.partitions));
                if (!people) {
                    row.add(summary.examples.stream()
                            .map(RejectedCommand::example)
                            .toList());
                }
                table.row(row);
            }
        }
        if (people && examples > 0 && total > 0) {
            output.line("");
            try (Output.Table table = output.table(Column.texts("example", "position", "why", "message"))) {
                for (Map.Entry<String, Summary> entry : sorted) {
                    for (RejectedMessage message : entry.getValue().examples) {
                        table.row(
                                entry.getKey(),
                                TextEscapes.value(message.position()),
                                message.message(),
                                message.shown());
                    }
                }
            }
        }
        if (total == 0) {
            note("no message was rejected" + (reason == null ? "" : " as " + reason));
        }
    }

    /** For machines, also of what is escaped for people; the bytes exactly. */
    private static Map<String, Object> example(RejectedMessage message) {
        Map<String, Object> example = new LinkedHashMap<>();
        example.put("read_source", message.source());
        example.put("read_partition", message.partition());
        example.put("read_offset", message.offset());
        example.put("message", message.message());
        example.put("raw", message.shown());
        example.put("raw_base64", message.raw());
        return example;
    }

    private static String names(Set<String> names) {
        String shown = String.join(" ", names.stream().limit(NAMES_SHOWN).toList());
        return names.size() > NAMES_SHOWN ? shown + " and " + (names.size() - NAMES_SHOWN) + " more" : shown;
    }

    private static @Nullable String time(@Nullable Long nanos) {
        return nanos == null
                ? null
                : Instant.ofEpochSecond(Math.floorDiv(nanos, NANOS_PER_SECOND), Math.floorMod(nanos, NANOS_PER_SECOND))
                        .toString();
    }
}
