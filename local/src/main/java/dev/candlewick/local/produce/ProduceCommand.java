package dev.candlewick.local.produce;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.broker.KafkaClients;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.Column;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.OutputFormat;
import dev.candlewick.local.cli.Progress;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Sends the records of files to a topic in file order, one message a record, keyed by symbol.
 *
 * <p>Each message carries its place: header {@value #PARTITION_HEADER} is the ordinal of its file (32 bits, big endian)
 * and {@value #POSITION_HEADER} its {@code row}, or else its ordinal among the file's records (64 bits, big endian). A
 * record whose symbol cannot be read has no key and goes to partition 0.
 */
@Command(
        name = "produce",
        description = "Send the records of a file or folder to a topic, in file order and keyed by symbol.",
        footer = {
            "",
            "Records are not checked: a bad one is sent, and rejected by the job as it would be from the file.",
            "The topic is created where it does not exist."
        })
public final class ProduceCommand extends CandlewickCommand {

    /** Names the header with the ordinal of the file. */
    public static final String PARTITION_HEADER = "cw-partition";

    /** Names the header with the position in the file. */
    public static final String POSITION_HEADER = "cw-position";

    private static final int PARTITIONS_DEFAULT = 4;
    private static final Duration CLOSE_LIMIT = Duration.ofSeconds(20);
    private static final int PROGRESS_INTERVAL_RECORDS = 1_000;

    @Option(names = "--input", required = true, paramLabel = "PATH", description = "File or folder; .gz by its name.")
    @SuppressWarnings("NullAway.Init") // required
    private Path input;

    @Option(names = "--topic", required = true, paramLabel = "TOPIC", description = "Where to send.")
    @SuppressWarnings("NullAway.Init") // required
    private String topic;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Format of the files: csv, json, avro or binary (default: by their names, else csv).")
    private @Nullable String format;

    @Option(
            names = "--as",
            paramLabel = "FORMAT",
            defaultValue = "json",
            description = "Format of the messages: csv, json, avro or binary (default: ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // has a default
    private String as;

    @ArgGroup
    private @Nullable Pacing pacing;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Partitions of a new topic (default: " + PARTITIONS_DEFAULT + ").")
    private @Nullable Integer partitions;

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    /** One of two ways to hold back. */
    static final class Pacing {
        @Option(names = "--rate", paramLabel = "N", description = "At most N records a second.")
        private @Nullable Double rate;

        @Option(names = "--speed", paramLabel = "10x", description = "By event time, faster than life by this factor.")
        private @Nullable String speed;

        Pace pace() {
            return rate != null ? Pace.rate(rate) : speed != null ? Pace.speed(speed) : Pace.unlimited();
        }
    }

    @Override
    protected ExitCode run() {
        InputFiles files = InputFiles.find(context().resolve(input), format);
        MessageTranscoder target = Transcoders.byName(as, "--as");
        if (pacing != null) {
            // Its faults are the user's and must show before anything is done.
            pacing.pace();
        }
        if (partitions != null && partitions < 1) {
            throw CommandFailure.usage(
                    "partitions must be at least 1, was " + partitions, "--partitions", "for example 4");
        }
        checkHeaders(files);
        String bootstrap = BootstrapServers.resolve(context(), kafka);
        Topics.Topic found;
        try (Admin admin = KafkaClients.connect(bootstrap)) {
            found = Topics.ensure(
                    admin, topic, partitions == null ? PARTITIONS_DEFAULT : partitions, Topics.INPUT_CONFIGS);
        }
        if (found.created()) {
            note("created topic " + topic + " with " + found.partitions() + " partitions");
        } else if (partitions != null && partitions != found.partitions()) {
            note("note: topic " + topic + " exists and keeps its " + found.partitions() + " partitions");
        }
        found.deviations()
                .forEach((name, value) -> note("note: topic " + topic + " should have " + name + "="
                        + Topics.INPUT_CONFIGS.get(name) + ", has " + value
                        + ": the check against trades from the future trusts the sender's clock"));
        Sending sending = new Sending(found.partitions());
        boolean interrupted = sending.run(bootstrap, files, target);
        sending.report();
        return interrupted ? ExitCode.INTERRUPTED : ExitCode.OK;
    }

    /** A folder's files of other kinds must show before the first record is sent. */
    static void checkHeaders(InputFiles files) {
        for (InputFiles.Entry file : files.files()) {
            try (MessageTranscoder.Reader reader = files.format().open(open(file, new Counter()), file.name())) {
                reader.next();
            } catch (IOException e) {
                throw unreadable(file, 0, e);
            }
        }
    }

    static InputStream open(InputFiles.Entry file, Counter counter) throws IOException {
        InputStream stored = new CountedStream(Files.newInputStream(file.path()), counter);
        try {
            return file.isGzip() ? new GZIPInputStream(stored, 1 << 16) : new BufferedInputStream(stored, 1 << 16);
        } catch (IOException | RuntimeException e) {
            stored.close();
            throw e;
        }
    }

    /** The record of a message: its key, and its place in the headers. */
    static ProducerRecord<byte[], byte[]> record(
            String topic, @Nullable TradeFields fields, byte[] value, int fileOrdinal, long ordinalInFile) {
        String symbol = fields == null ? "" : fields.get(TradeField.SYMBOL);
        Long row = fields == null ? null : fields.number(TradeField.ROW);
        long position = row == null || row < 0 ? ordinalInFile : row;
        List<Header> headers = List.of(
                new RecordHeader(
                        PARTITION_HEADER,
                        ByteBuffer.allocate(Integer.BYTES).putInt(fileOrdinal).array()),
                new RecordHeader(
                        POSITION_HEADER,
                        ByteBuffer.allocate(Long.BYTES).putLong(position).array()));
        byte[] key = symbol.isEmpty() ? null : symbol.getBytes(StandardCharsets.UTF_8);
        // Without a key the producer would choose a partition by its load, another one in every run.
        Integer partition = key == null ? 0 : null;
        return new ProducerRecord<>(topic, partition, key, value, headers);
    }

    static CommandFailure unreadable(InputFiles.Entry file, long records, IOException cause) {
        boolean damaged = cause instanceof EOFException || cause instanceof ZipException;
        return CommandFailure.environment(
                (damaged ? "gzip file must be whole, was damaged or cut off: " : "file must be readable, was refused: ")
                        + cause.getMessage() + ", after " + records + " of its records",
                file.path().toString(),
                damaged ? "get the file again" : null,
                cause);
    }

    /** One run: what is counted on the way, and its end. */
    private final class Sending {
        private final AtomicLongArray recordsSent;
        private final AtomicLongArray bytesSent;
        private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();
        private final long start = System.nanoTime();
        private long records;
        private long asTheyCame;
        private double seconds;

        Sending(int partitionCount) {
            recordsSent = new AtomicLongArray(partitionCount);
            bytesSent = new AtomicLongArray(partitionCount);
        }

        /** Sends everything; true if the user ended it early. */
        boolean run(String bootstrap, InputFiles files, MessageTranscoder target) {
            boolean same = files.format().name().equals(target.name())
                    && files.format().isSelfContained();
            Pace pace = pacing == null ? Pace.unlimited() : pacing.pace();
            Counter read = new Counter();
            KafkaProducer<byte[], byte[]> producer =
                    new KafkaProducer<>(settings(bootstrap), new ByteArraySerializer(), new ByteArraySerializer());
            try (Interruption interruption = Interruption.watch(() -> {});
                    Progress progress = progress("produce " + topic, "bytes", files.bytes())) {
                for (int ordinal = 0; ordinal < files.files().size() && !interruption.requested(); ordinal++) {
                    InputFiles.Entry file = files.files().get(ordinal);
                    long position = 0;
                    try (MessageTranscoder.Reader reader = files.format().open(open(file, read), file.name())) {
                        for (InputMessage message = reader.next();
                                message != null && !interruption.requested();
                                message = reader.next()) {
                            TradeFields fields = message.fields();
                            pace.await(
                                    fields == null ? null : fields.number(TradeField.EVENT_TIME_NS),
                                    interruption::requested);
                            if (interruption.requested()) {
                                break;
                            }
                            send(producer, message, target, same, ordinal, position++, file);
                            if (++records % PROGRESS_INTERVAL_RECORDS == 0 || pacing != null) {
                                progress.advanceTo(read.bytes);
                                progress.message(Progress.amount(records) + " records");
                            }
                        }
                    } catch (IOException e) {
                        throw unreadable(file, position, e);
                    }
                }
                producer.flush();
                throwFailure();
                seconds = (System.nanoTime() - start) / 1e9;
                return interruption.requested();
            } catch (KafkaException e) {
                throw refused(e, null);
            } finally {
                producer.close(CLOSE_LIMIT);
            }
        }

        private void send(
                KafkaProducer<byte[], byte[]> producer,
                InputMessage message,
                MessageTranscoder target,
                boolean same,
                int fileOrdinal,
                long ordinalInFile,
                InputFiles.Entry file) {
            throwFailure();
            TradeFields fields = message.fields();
            byte[] value =
                    same ? message.raw() : fields != null && message.transcodable() ? target.encode(fields) : null;
            if (value == null) {
                value = target.encodeUnreadable(message.raw());
                asTheyCame++;
            }
            int length = value.length;
            producer.send(record(topic, fields, value, fileOrdinal, ordinalInFile), (metadata, exception) -> {
                if (exception == null) {
                    recordsSent.incrementAndGet(metadata.partition());
                    bytesSent.addAndGet(metadata.partition(), length);
                } else {
                    failure.compareAndSet(null, new Failure(exception, file, ordinalInFile));
                }
            });
        }

        private void throwFailure() {
            Failure first = failure.get();
            if (first != null) {
                throw refused(first.cause(), first.file().path() + ", record " + first.record());
            }
        }

        private CommandFailure refused(Exception cause, @Nullable String where) {
            long acknowledged = 0;
            for (int i = 0; i < recordsSent.length(); i++) {
                acknowledged += recordsSent.get(i);
            }
            return CommandFailure.environment(
                    "every record must be taken by Kafka, one was refused after " + acknowledged + ": "
                            + cause.getMessage(),
                    where,
                    null,
                    cause);
        }

        void report() {
            long totalBytes = 0;
            List<Map<String, Object>> perPartition = new ArrayList<>();
            for (int i = 0; i < recordsSent.length(); i++) {
                totalBytes += bytesSent.get(i);
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("partition", i);
                row.put("records", recordsSent.get(i));
                row.put("bytes", bytesSent.get(i));
                perPartition.add(row);
            }
            Map<String, Object> summary = new LinkedHashMap<>();
            summary.put("topic", topic);
            summary.put("records", records);
            summary.put("bytes", totalBytes);
            summary.put("seconds", String.format(java.util.Locale.ROOT, "%.3f", seconds));
            summary.put("records_per_second", Math.round(records / Math.max(seconds, 1e-3)));
            summary.put("not_transcoded", asTheyCame);
            Output output = output();
            if (output.format() == OutputFormat.JSON) {
                summary.put("partitions", perPartition);
                output.record(summary);
                return;
            }
            if (output.format() == OutputFormat.TABLE) {
                output.record(summary);
                output.line("");
            }
            try (Output.Table table =
                    output.table(Column.number("partition"), Column.number("records"), Column.number("bytes"))) {
                perPartition.forEach(row -> table.row(new ArrayList<>(row.values())));
            }
        }
    }

    private Map<String, Object> settings(String bootstrap) {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(ProducerConfig.CLIENT_ID_CONFIG, "candlewick-produce");
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        // Idempotence keeps the order of several requests under way only on partitions that already know the producer:
        // one that has just got its leader may take the second after it has turned away the first.
        settings.put(ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION, 1);
        // Paced records shall be seen when they are due; bulk shall travel in large batches.
        settings.put(ProducerConfig.LINGER_MS_CONFIG, pacing == null ? 20 : 2);
        settings.put(ProducerConfig.BATCH_SIZE_CONFIG, 256 << 10);
        settings.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 64L << 20);
        settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        return settings;
    }

    private record Failure(Exception cause, InputFiles.Entry file, long record) {}

    static final class Counter {
        private long bytes;
    }

    private static final class CountedStream extends FilterInputStream {
        private final Counter counter;

        CountedStream(InputStream in, Counter counter) {
            super(in);
            this.counter = counter;
        }

        @Override
        public int read() throws IOException {
            int b = super.read();
            counter.bytes += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int n = super.read(buffer, offset, length);
            counter.bytes += Math.max(0, n);
            return n;
        }
    }
}
