package dev.candlewick.connectors.kafka.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.connectors.kafka.preflight.KafkaPreflight;
import dev.candlewick.connectors.kafka.preflight.PreflightException;
import dev.candlewick.local.broker.EmbeddedBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Of two jobs that write with one transactional id prefix one goes on, the other says why it does not. */
@Timeout(120)
final class WriterClaimTest {
    private static final String GROUP = FinalTopicsSink.writerGroup("cw.test~");
    private static final String EARLIER = "0000000000001-a";
    private static final String LATER = "0000000000002-b";
    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    private Path directory;

    @Test
    void theLaterOfTwoGivesWay() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT, Map.of())) {
            Properties client = new Properties();
            client.setProperty("bootstrap.servers", broker.bootstrapServers());
            try (KafkaPreflight preflight = new KafkaPreflight(client)) {
                // Given nobody, a start finds nobody
                assertThatCode(() -> preflight.awaitNoWriter(GROUP, Duration.ZERO))
                        .doesNotThrowAnyException();

                // When two join within the same moment, the later one is told, whoever came first
                try (WriterClaim later = new WriterClaim(client, GROUP, LATER, "writer");
                        WriterClaim earlier = new WriterClaim(client, GROUP, EARLIER, "writer")) {
                    earlier.await();
                    Awaitility.await("the refusal of the later one")
                            .atMost(SOON)
                            .untilAsserted(() -> assertThatThrownBy(later::check)
                                    .isInstanceOf(SecondWriterException.class)
                                    .hasMessageContaining("must belong to one job")
                                    .hasMessageContaining("kafka.group.id"));
                    assertThatCode(earlier::check).doesNotThrowAnyException();

                    // And one that comes when the other one has written for long does not even begin
                    later.close();
                    try (WriterClaim third = new WriterClaim(client, GROUP, LATER, "writer")) {
                        assertThatThrownBy(third::await).isInstanceOf(SecondWriterException.class);
                    }
                    assertThatCode(earlier::check).doesNotThrowAnyException();

                    // And a start is refused, with the name of the one that runs
                    assertThatThrownBy(() -> preflight.awaitNoWriter(GROUP, Duration.ofMillis(100)))
                            .isInstanceOf(PreflightException.class)
                            .hasMessageContaining("must belong to one job")
                            .hasMessageContaining(EARLIER)
                            .hasMessageContaining(GROUP);
                    // Though not one with another prefix
                    assertThatCode(() ->
                                    preflight.awaitNoWriter(FinalTopicsSink.writerGroup("cw.other~"), Duration.ZERO))
                            .doesNotThrowAnyException();
                }

                // Then nobody is left, at once and not when sessions time out
                preflight.awaitNoWriter(GROUP, Duration.ofMillis(WriterClaim.SESSION_MILLIS / 3));
            }
        }
    }

    @Test
    void anAttemptOfTheSameJobTakesOverAtOnceAndTheHungOneIsTold() throws Exception {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory, EmbeddedBroker.ANY_PORT, Map.of())) {
            Properties client = new Properties();
            client.setProperty("bootstrap.servers", broker.bootstrapServers());
            try (WriterClaim hung = new WriterClaim(client, GROUP, EARLIER, "writer")) {
                hung.await();
                long start = System.nanoTime();
                try (WriterClaim next = new WriterClaim(client, GROUP, EARLIER, "writer")) {
                    next.await();

                    assertThat(Duration.ofNanos(System.nanoTime() - start))
                            .isLessThan(Duration.ofMillis(WriterClaim.SESSION_MILLIS));
                    Awaitility.await("the end of the one that was replaced")
                            .atMost(SOON)
                            .untilAsserted(() -> assertThatThrownBy(hung::check)
                                    .hasMessageContaining("was lost")
                                    .isNotInstanceOf(SecondWriterException.class));
                    assertThatCode(next::check).doesNotThrowAnyException();
                }
            }
        }
    }
}
