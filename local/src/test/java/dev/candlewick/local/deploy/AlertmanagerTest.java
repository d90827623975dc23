package dev.candlewick.local.deploy;

import static dev.candlewick.local.deploy.MonitoringFiles.ROOT;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.candlewick.local.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Alertmanager with our configuration, and somebody who listens at the other end. */
@Timeout(60)
final class AlertmanagerTest {
    private static final Path CONFIGURATION = ROOT.resolve("conf/alertmanager/alertmanager.yml");
    private static final Pattern LISTENING = Pattern.compile("Listening on\"? address=(127\\.0\\.0\\.1:[0-9]+)");

    @TempDir
    private Path directory;

    private final List<Message> messages = new CopyOnWriteArrayList<>();
    private HttpServer receiver;

    /** What somebody was told. */
    private record Message(String path, String authorization, String body) {
        boolean tells(String alert, String status) {
            // Of a group every alert has its own status, the group's stands in front.
            return Pattern.compile("\"status\":\"" + status + "\",\"labels\":\\{\"alertname\":\"" + alert + "\"")
                    .matcher(body)
                    .find();
        }
    }

    @BeforeEach
    void setUp() throws IOException {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            messages.add(new Message(
                    exchange.getRequestURI().getPath(),
                    String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")),
                    new String(exchange.getRequestBody().readAllBytes(), UTF_8)));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void tearDown() {
        receiver.stop(0);
    }

    @Test
    void everyAlertHasSomebodyWhoIsTold() throws Exception {
        Path amtool = Programs.require("amtool");
        Programs.run(amtool, "check-config", CONFIGURATION.toString());
        assertThat(receiver(amtool, "CandlewickCheckpointOld", "page")).isEqualTo("pager");
        assertThat(receiver(amtool, "CandlewickDiskFilling", "ticket")).isEqualTo("tickets");
        assertThat(receiver(amtool, "CandlewickWatchdog", "none")).isEqualTo("heartbeat");
        // Somebody's mistake, and of another name: not lost, and no sign of life.
        assertThat(receiver(amtool, "CandlewickDiskFilling", "")).isEqualTo("tickets");
        assertThat(receiver(amtool, "CandlewickDiskFilling", "none")).isEqualTo("tickets");
    }

    private static String receiver(Path amtool, String alert, String severity) throws Exception {
        String printed = Programs.run(
                amtool,
                "config",
                "routes",
                "test",
                "--config.file=" + CONFIGURATION,
                "alertname=" + alert,
                "severity=" + severity);
        // In front of it there may be a warning about a configuration of amtool's own.
        return printed.strip().replaceAll("(?s).*\n", "");
    }

    @Test
    void aPageReachesThePagerAndATicketTheOtherAndACauseHidesItsConsequence() throws Exception {
        try (Alertmanager alertmanager = new Alertmanager()) {
            String address = alertmanager.address;
            Instant end = Instant.now().plusSeconds(3600);
            tell(address, alert("CandlewickCheckpointOld", "page", end));
            tell(address, alert("CandlewickDiskFilling", "ticket", end));
            Awaitility.await("both are told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> told("/pager", "CandlewickCheckpointOld", "firing")
                            && told("/tickets", "CandlewickDiskFilling", "firing"));

            // What follows from the page is hidden; what came behind it shows that there was time to tell it.
            tell(address, alert("CandlewickCheckpointsFailing", "ticket", end));
            tell(address, alert("CandlewickRejectRatio", "ticket", end));
            Awaitility.await("the other one is told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> told("/tickets", "CandlewickRejectRatio", "firing"));
            assertThat(told("/tickets", "CandlewickCheckpointsFailing", "firing"))
                    .isFalse();

            // The end of a page is told too, and then what it had hidden.
            tell(address, alert("CandlewickCheckpointOld", "page", Instant.now()));
            Awaitility.await("the end is told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> told("/pager", "CandlewickCheckpointOld", "resolved")
                            && told("/tickets", "CandlewickCheckpointsFailing", "firing"));

            assertThat(messages)
                    .as("tickets that reached the pager")
                    .filteredOn(message -> message.path().equals("/pager"))
                    .allSatisfy(message -> assertThat(message.body()).doesNotContain("ticket"));
            assertThat(messages)
                    .as("pages among tickets")
                    .filteredOn(message -> message.path().equals("/tickets"))
                    .allSatisfy(message -> assertThat(message.body()).doesNotContain("\"page\""));
            assertThat(messages)
                    .extracting(message -> message.path() + " " + message.authorization())
                    .containsOnly("/pager Bearer of-the-pager", "/tickets Bearer of-tickets");
            assertThat(messages)
                    .anySatisfy(message -> assertThat(message.body()).contains("docs/runbooks/checkpoints-fail.md"));
        }
    }

    @Test
    void theWatchdogReachesTheHeartbeatAgainAndAgainAndItsEndDoesNot() throws Exception {
        try (Alertmanager alertmanager = new Alertmanager()) {
            String address = alertmanager.address;
            Instant end = Instant.now().plusSeconds(3600);
            tell(address, alert("CandlewickWatchdog", "none", end));
            Awaitility.await("signs of life")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> messages.stream()
                                    .filter(message -> message.tells("CandlewickWatchdog", "firing"))
                                    .count()
                            >= 3);

            // A Prometheus that stopped lets it end. What begins and ends behind that shows that there was time to tell
            // it.
            tell(address, alert("CandlewickWatchdog", "none", Instant.now()));
            tell(address, alert("CandlewickDiskFilling", "ticket", end));
            Awaitility.await("another one is told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> told("/tickets", "CandlewickDiskFilling", "firing"));
            tell(address, alert("CandlewickDiskFilling", "ticket", Instant.now()));
            Awaitility.await("its end is told")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> told("/tickets", "CandlewickDiskFilling", "resolved"));

            assertThat(messages)
                    .filteredOn(message -> message.body().contains("CandlewickWatchdog"))
                    .isNotEmpty()
                    .allSatisfy(message -> {
                        assertThat(message.path()).isEqualTo("/heartbeat");
                        assertThat(message.authorization()).isEqualTo("Bearer of-the-heartbeat");
                        assertThat(message.tells("CandlewickWatchdog", "firing"))
                                .isTrue();
                    });
        }
    }

    /** A running one; closing it ends the process. */
    private final class Alertmanager implements AutoCloseable {
        private final Process process;
        private final String address;

        Alertmanager() throws IOException {
            Path program = Programs.require("prometheus-alertmanager", "alertmanager");
            Path log = directory.resolve("log");
            process = new ProcessBuilder(
                            program.toString(),
                            "--config.file=" + configuration(),
                            "--storage.path=" + directory.resolve("data"),
                            "--web.listen-address=127.0.0.1:0",
                            "--cluster.listen-address=")
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            try {
                address = Awaitility.await("an Alertmanager that listens")
                        .atMost(Duration.ofSeconds(20))
                        .until(() -> address(log), found -> !found.isEmpty() || !process.isAlive());
                assertThat(address).as(Files.readString(log)).isNotEmpty();
            } catch (RuntimeException | AssertionError e) {
                process.destroy();
                throw e;
            }
        }

        @Override
        public void close() throws InterruptedException {
            process.destroy();
            process.waitFor();
        }
    }

    /** Ours, with addresses and secrets of this test, and without its patience. */
    private Path configuration() throws IOException {
        String text = Files.readString(CONFIGURATION);
        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        Files.writeString(secrets.resolve("pager-token"), "of-the-pager");
        Files.writeString(secrets.resolve("tickets-token"), "of-tickets");
        Files.writeString(secrets.resolve("heartbeat-token"), "of-the-heartbeat");
        Files.writeString(secrets.resolve("smtp-password"), "of-mail");
        String here = "http://127.0.0.1:" + receiver.getAddress().getPort();
        String changed = text.replace("/etc/alertmanager/secrets", secrets.toString())
                .replace("https://pager.example.org/candlewick", here + "/pager")
                .replace("https://tickets.example.org/candlewick", here + "/tickets")
                .replace("https://heartbeat.example.org/candlewick", here + "/heartbeat")
                // Nobody takes mail here; nothing must leave this machine.
                .replace("mail.example.org:587", "127.0.0.1:1")
                .replaceAll("(group_wait|group_interval): \\w+", "$1: 100ms")
                // The heartbeat's; what is told once stays told once.
                .replace("repeat_interval: 4m", "repeat_interval: 150ms");
        assertThat(changed).doesNotContain("https://", "/etc/");
        return Files.writeString(directory.resolve("alertmanager.yml"), changed);
    }

    private boolean told(String path, String alert, String status) {
        return messages.stream().anyMatch(message -> message.path().equals(path) && message.tells(alert, status));
    }

    private static String address(Path log) throws IOException {
        Matcher matcher = LISTENING.matcher(Files.readString(log));
        return matcher.find() ? matcher.group(1) : "";
    }

    private static String alert(String name, String severity, Instant end) {
        return "[{\"labels\":{\"alertname\":\"" + name + "\",\"severity\":\"" + severity
                + "\",\"job_name\":\"candlewick\"},\"annotations\":{\"runbook_url\":\"docs/runbooks/checkpoints-fail.md\"},"
                + "\"endsAt\":\"" + end + "\"}]";
    }

    private static void tell(String address, String alerts) throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://" + address + "/api/v2/alerts"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(alerts))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
}
