package dev.candlewick.local.upkeep;

import dev.candlewick.connectors.lake.CommittedPublisher;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeException;
import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.ExitCode;
import dev.candlewick.local.cli.Interruption;
import dev.candlewick.local.lake.LakeCommand;
import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows readers what a streaming job has committed, where the job's own process does not. */
@Command(
        name = "publish",
        description = {
            "Show readers what a streaming job has committed.",
            "",
            "run and demo do this by themselves. It is for jobs that outlive the process that started them: flink run -d."
        },
        footer = {
            "",
            "Examples:",
            "  candlewick lake publish --lake lake",
            "  candlewick lake publish --lake lake --follow"
        })
public final class PublishCommand extends LakeCommand {
    @Option(names = "--lake", required = true, paramLabel = "P", description = "The lake's folder.")
    @SuppressWarnings("NullAway.Init") // set by picocli before any call
    private String lake;

    @Option(
            names = "--lake-version",
            paramLabel = "N",
            description = "The streaming version to publish (default: the newest).")
    private int version;

    @Option(names = "--follow", description = "Go on every few seconds until Ctrl-C.")
    private boolean follow;

    @Option(
            names = "--every",
            paramLabel = "SECONDS",
            description = "With --follow: how often (default: ${DEFAULT-VALUE}).",
            defaultValue = "5")
    private int everySeconds;

    @Override
    protected ExitCode read() throws IOException {
        if (everySeconds < 1) {
            throw CommandFailure.usage("--every must be at least 1, was " + everySeconds, null, "example: --every 5");
        }
        CommittedPublisher publisher = CommittedPublisher.of(path(lake), version, Clock.systemUTC());
        if (!follow) {
            tell(publisher.publish(), publisher.version());
            return ExitCode.OK;
        }
        CountDownLatch end = new CountDownLatch(1);
        try (Interruption interruption = Interruption.watch(end::countDown)) {
            String told = "";
            do {
                try {
                    int published = publisher.publish();
                    if (published > 0) {
                        tell(published, publisher.version());
                    }
                    told = "";
                } catch (LakeException e) {
                    // A broken file must not keep everything after it from readers.
                    if (!told.equals(e.getMessage())) {
                        told = String.valueOf(e.getMessage());
                        note("error: " + told);
                    }
                }
            } while (!end.await(everySeconds, TimeUnit.SECONDS));
            return interruption.requested() ? ExitCode.INTERRUPTED : ExitCode.OK;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ExitCode.INTERRUPTED;
        }
    }

    private void tell(int published, int publishedVersion) {
        note(published + " files published in version " + publishedVersion + "; readers see version "
                + LakeCatalog.open(path(lake)).version());
    }
}
