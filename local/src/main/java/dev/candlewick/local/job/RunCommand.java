package dev.candlewick.local.job;

import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.jobs.config.CandlewickOptions;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.BootstrapServers;
import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.JobStatus;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The streaming job in this process with Flink's web UI; same graph and options as under {@code flink run}. */
@Command(
        name = "run",
        description = {
            "Run the streaming job in this process: trades from Kafka, candles and VWAP to Kafka.",
            "",
            "It goes on from its newest checkpoint where one stands, unless --fresh. Ctrl-C ends it; its last checkpoint"
                    + " stays. With --set source.until=latest it ends by itself and prints the double entry."
        })
public final class RunCommand extends CandlewickCommand {
    @Mixin
    private final JobArguments job = new JobArguments();

    @Option(
            names = "--kafka",
            paramLabel = "HOST:PORT",
            description = "The broker (default: CANDLEWICK_KAFKA, else the local one).")
    private @Nullable String kafka;

    @Option(names = "--fresh", description = "Start without state although a checkpoint stands.")
    private boolean fresh;

    @Option(
            names = "--savepoint",
            paramLabel = "P",
            description =
                    "The state of the first start, for example one that savepoint bootstrap has made; where the job has"
                            + " a checkpoint of its own, that counts.")
    private @Nullable String savepoint;

    @Option(names = "--republish", description = "Start from state that is older than the newest heal.")
    private boolean republish;

    @Override
    protected ExitCode run() {
        try {
            return stream();
        } catch (Exception e) {
            throw LocalFlink.explain(e);
        }
    }

    private ExitCode stream() throws Exception {
        ResolvedConfiguration config = configuration();
        try (StreamingRun run = StreamingRun.start(config, savepoint(), this::note);
                Interruption interruption = Interruption.watch(run::cancel)) {
            note("Flink web UI: " + run.webUi());
            note("job " + run.job().getJobID() + " submitted");
            List<LedgerRow> ledger = run.await();
            if (ledger != null) {
                LedgerTable.print(output(), ledger);
                if (StreamingRun.residual(ledger) != 0) {
                    throw CommandFailure.dataMismatch(
                            "the residual of the double entry must be 0, was " + StreamingRun.residual(ledger),
                            null,
                            "keep the topics and report it: a record was lost or made between two stages");
                }
            }
            if (run.lostTransactions() > 0) {
                throw CommandFailure.dataMismatch(
                        "restored transactions must be committed, " + run.lostTransactions() + " were lost",
                        null,
                        "bring them back from the archive: ./candlewick heal --lake LAKE --kafka local (see"
                                + " docs/runbooks/a-lost-transaction.md); without a lake run again with --fresh");
            }
            return interruption.requested() || run.job().getJobStatus().get() == JobStatus.CANCELED
                    ? ExitCode.INTERRUPTED
                    : ExitCode.OK;
        }
    }

    private @Nullable String savepoint() {
        String given = savepoint;
        if (given == null || given.contains(":/")) {
            return given;
        }
        if (fresh) {
            throw CommandFailure.usage("--savepoint must stand without --fresh, was with it", null, null);
        }
        return context().resolve(Path.of(given)).toUri().toString();
    }

    private ResolvedConfiguration configuration() {
        List<String> more = new ArrayList<>();
        if (kafka != null) {
            JobArguments.add(more, "--kafka", kafka);
        }
        if (fresh) {
            more.add("--fresh");
        }
        if (republish) {
            more.add("--republish");
        }
        ConfigurationSources.Builder sources = ConfigurationSources.builder()
                .commandLine(job.arguments(more))
                .environment(context().environment())
                .workingDirectory(context().workingDirectory())
                .require(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS);
        String broker = known();
        if (broker != null) {
            sources.preset(CandlewickOptions.KAFKA_BOOTSTRAP_SERVERS, broker);
        }
        // Each consumer group has checkpoints of its own: a job must never go on from another's.
        String group = ResolvedConfiguration.resolve(sources.build()).get(CandlewickOptions.KAFKA_GROUP_ID);
        sources.preset(
                CandlewickOptions.CHECKPOINT_DIR,
                context()
                        .home()
                        .directory()
                        .resolve("checkpoints")
                        .resolve(group)
                        .toString());
        return ResolvedConfiguration.resolve(sources.build());
    }

    /** The broker that CANDLEWICK_KAFKA names or that runs here; null where neither does. */
    private @Nullable String known() {
        try {
            return BootstrapServers.resolve(context(), null);
        } catch (CommandFailure e) {
            if (e.exitCode() == ExitCode.ENVIRONMENT) {
                return null;
            }
            throw e;
        }
    }
}
