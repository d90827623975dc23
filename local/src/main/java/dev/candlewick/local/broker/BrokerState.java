package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.Json;
import dev.candlewick.local.cli.Output;
import dev.candlewick.local.cli.ProcessMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which local broker runs, as all commands of one installation see it ({@code kafka.json} in its home).
 *
 * @param address what clients connect to, {@code host:port}
 * @param pid the process that holds the broker
 * @param processStartMillis when that process started, since the epoch: process ids are used again
 * @param owner what started it, {@link #OWNER_KAFKA_UP} or the name of another command
 * @param dataDirectory where its log lives
 * @param log where it writes what happens, empty if nowhere of its own
 */
public record BrokerState(
        String address, long pid, long processStartMillis, String owner, Path dataDirectory, String log) {

    /** The owner of a broker that lives until {@code kafka down}. */
    public static final String OWNER_KAFKA_UP = "kafka up";

    /** The state of a broker in this process, such as that of {@code demo}, to be published so that commands find it. */
    public static BrokerState ofThisProcess(EmbeddedBroker broker, String owner, String log) {
        ProcessHandle self = ProcessHandle.current();
        return new BrokerState(
                broker.bootstrapServers(),
                self.pid(),
                ProcessMark.startMillis(self),
                owner,
                broker.dataDirectory(),
                log);
    }

    /** The published state whose process lives, or nothing: a state file left by a dead process does not count. */
    public static Optional<BrokerState> running(CandlewickHome home) {
        return read(home).filter(BrokerState::isAlive);
    }

    /** The published state, whether its process lives or not; nothing if there is none or it cannot be understood. */
    public static Optional<BrokerState> read(CandlewickHome home) {
        byte[] text;
        try {
            text = Files.readAllBytes(home.kafkaStateFile());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Json.Value> fields = Json.object(text);
        if (fields == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new BrokerState(
                    text(fields, "address"),
                    Long.parseLong(text(fields, "pid")),
                    Long.parseLong(text(fields, "processStartMillis")),
                    text(fields, "owner"),
                    Path.of(text(fields, "dataDirectory")),
                    text(fields, "log")));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Makes the state visible to other commands at once and as a whole. */
    public void publish(CandlewickHome home) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("address", address);
        fields.put("pid", pid);
        fields.put("processStartMillis", processStartMillis);
        fields.put("owner", owner);
        fields.put("dataDirectory", dataDirectory.toString());
        fields.put("log", log);
        Path file = home.kafkaStateFile();
        try {
            Files.createDirectories(home.directory());
            Path next = file.resolveSibling(file.getFileName() + "." + pid + ".next");
            Files.writeString(next, Output.json(fields) + "\n", StandardCharsets.UTF_8);
            try {
                Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException e) {
                Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes the published state if it is this one. */
    public void withdraw(CandlewickHome home) {
        if (read(home).filter(this::equals).isPresent()) {
            try {
                Files.deleteIfExists(home.kafkaStateFile());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** True if the very process that published this still runs. */
    public boolean isAlive() {
        return process() != null;
    }

    /** The process that published this, or null if it is gone. */
    @Nullable
    ProcessHandle process() {
        return new ProcessMark(pid, processStartMillis).find().orElse(null);
    }

    private static String text(Map<String, Json.Value> fields, String name) {
        Json.Value value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException(name + " must be present, was missing");
        }
        return value.text();
    }
}
