package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.OutputFormat;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The local broker. */
@Command(
        name = "kafka",
        description = "A real Kafka broker on this machine.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {KafkaCommand.Up.class, KafkaCommand.Down.class, KafkaCommand.Status.class})
public final class KafkaCommand extends CandlewickCommand {

    @Override
    protected ExitCode run() {
        throw new ParameterException(spec().commandLine(), "kafka must have a command: up, down or status");
    }

    /** Starts it. */
    @Command(
            name = "up",
            description = "Start the broker, or find the one that runs; prints its address, by which other commands"
                    + " find it by themselves.")
    public static final class Up extends CandlewickCommand {

        @Option(
                names = "--port",
                paramLabel = "PORT",
                description = "Port on 127.0.0.1, 0 for any (default: the last one, else 9092, else any).")
        private @Nullable Integer port;

        @Override
        protected ExitCode run() {
            if (port != null && (port < 0 || port > 65_535)) {
                throw CommandFailure.usage("port must lie in 0..65535, was " + port, "--port", "for example 9092");
            }
            BrokerProcess.Started started = new BrokerProcess(context().home()).start(port);
            BrokerState state = started.state();
            if (!started.startedNow()) {
                note("the broker runs already (process " + state.pid() + ", started by " + state.owner() + ")");
                if (port != null
                        && port != EmbeddedBroker.ANY_PORT
                        && !state.address().endsWith(":" + port)) {
                    throw CommandFailure.environment(
                            "the broker must listen on port " + port + ", but one runs already on " + state.address(),
                            "process " + state.pid(),
                            "stop it first with ./candlewick kafka down",
                            null);
                }
            } else {
                note("started the broker (process " + state.pid() + ", data " + state.dataDirectory() + ", log "
                        + state.log() + ")");
            }
            if (output().format() == OutputFormat.TABLE) {
                output().line(state.address());
            } else {
                output().record(describe(state));
            }
            return ExitCode.OK;
        }
    }

    /** Stops it. */
    @Command(name = "down", description = "Stop the broker; its data stays for the next start.")
    public static final class Down extends CandlewickCommand {

        @Override
        protected ExitCode run() {
            Optional<BrokerState> stopped = new BrokerProcess(context().home()).stop();
            note(stopped.map(state ->
                            "stopped the broker at " + state.address() + "; its data stays in " + state.dataDirectory())
                    .orElse("no broker runs"));
            return ExitCode.OK;
        }
    }

    /** Tells whether it runs and answers. */
    @Command(
            name = "status",
            description = "Tell whether the broker runs and answers; exit code 4 if not.",
            footer = "A broker that was started in another home, or elsewhere, is not seen.")
    public static final class Status extends CandlewickCommand {

        private static final int ANSWER_LIMIT_MILLIS = 5_000;

        @Override
        protected ExitCode run() {
            Optional<BrokerState> running = BrokerState.running(context().home());
            if (running.isEmpty()) {
                throw CommandFailure.environment(
                        "no local broker runs",
                        context().home().directory().toString(),
                        "start one with ./candlewick kafka up",
                        null);
            }
            BrokerState state = running.get();
            Map<String, Object> record = describe(state);
            try (Admin admin = KafkaClients.connect(state.address(), ANSWER_LIMIT_MILLIS)) {
                record.put(
                        "topics",
                        new TreeSet<>(KafkaClients.get(admin.listTopics().names(), "listing the topics")));
            }
            output().record(record);
            return ExitCode.OK;
        }
    }

    private static Map<String, Object> describe(BrokerState state) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("address", state.address());
        record.put("pid", state.pid());
        record.put("started_by", state.owner());
        record.put(
                "uptime_s",
                Duration.ofMillis(Math.max(0, System.currentTimeMillis() - state.processStartMillis()))
                        .toSeconds());
        record.put("data", state.dataDirectory().toString());
        record.put("log", state.log());
        return record;
    }
}
