package dev.candlewick.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every module's tests run in a JVM that is set up by the parent build; this is what they may rely on. */
final class TestEnvironmentTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(2)
            .build());

    @Test
    void knowsTheRepositoryRoot() {
        var root = Path.of(System.getProperty("candlewick.root"));
        assertThat(root.resolve("pom.xml")).isRegularFile();
        assertThat(root.resolve("conf/java17.args")).isRegularFile();
        assertThat(System.getProperty("candlewick.data")).isNotBlank();
    }

    @Test
    void keepsTemporaryFilesInsideTarget() throws Exception {
        var file = Files.createTempFile("candlewick", ".tmp");
        try {
            assertThat(file.toRealPath()).startsWithRaw(Path.of("target").toRealPath());
        } finally {
            Files.delete(file);
        }
    }

    @Test
    void opensEveryPackageOfTheSharedArgumentFile() throws Exception {
        var flags = Files.readAllLines(Path.of(System.getProperty("candlewick.root"), "conf", "java17.args")).stream()
                .filter(line -> line.startsWith("--"))
                .toList();
        assertThat(flags).hasSize(15);
        assertThat(ManagementFactory.getRuntimeMXBean().getInputArguments()).containsAll(flags);
    }

    @Test
    void runsAJobOnTheMiniCluster() throws Exception {
        var configuration = new Configuration();
        configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
        var environment = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
        environment.setRuntimeMode(RuntimeExecutionMode.STREAMING);
        List<Long> doubled = environment.fromSequence(1, 4).map(n -> 2 * n).executeAndCollect(10);
        assertThat(doubled).containsExactlyInAnyOrder(2L, 4L, 6L, 8L);
    }
}
