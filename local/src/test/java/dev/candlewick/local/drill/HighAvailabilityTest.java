package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ServerCnxnFactory;
import org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With ZooKeeper a killed JobManager brings its job back itself: nobody submits it again. */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
final class HighAvailabilityTest {
    @TempDir
    private Path directory;

    @Test
    void aKilledJobManagerBringsItsJobBackByItself() throws Exception {
        Path data = Files.createDirectories(directory.resolve("zookeeper"));
        ServerCnxnFactory factory =
                ServerCnxnFactory.createFactory(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
        ZooKeeperServer zooKeeper = new ZooKeeperServer(data.toFile(), data.toFile(), 1_000);
        factory.startup(zooKeeper);
        List<String> notes = new ArrayList<>();
        Drill.Options options = TestDrills.options(
                directory.resolve("drill"),
                1,
                Long.getLong("candlewick.seed", 5L),
                Lane.EXACT,
                1_500,
                "heap",
                "127.0.0.1:" + factory.getLocalPort());
        try (Drill drill =
                new FaultDrill(options, List.of(new KillFault(List.of(KillFault.Victim.JOBMANAGER))), notes::add)) {
            DrillReport report = drill.run();

            assertThat(report.disturbances()).hasSize(1);
            assertThat(report.findings())
                    .as(notes.toString())
                    .allSatisfy(finding -> assertThat(finding.differences())
                            .as(finding.toString())
                            .isZero());
            assertThat(report.differences()).isZero();
            String supervisor = Files.readString(directory.resolve("drill/cluster/logs/supervisor.log"));
            assertThat(supervisor).contains("jobmanager (process ").doesNotContain("submitting it again");
            assertThat(Files.readString(directory.resolve("drill/cluster/logs/jobmanager.log")))
                    .contains("Recovered");
        } finally {
            factory.shutdown();
        }
    }
}
