package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.candlewick.local.testing.Cli;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code --notify} tells a real command and a real web server, on success and on failure. */
class NotifyOptionTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path directory;

    @BeforeEach
    void trades() throws Exception {
        Files.writeString(
                directory.resolve("trades.csv"),
                "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n"
                        + "0,,1700000000000000001,v,S,1,1.5,2,buy,,\n");
    }

    @Test
    void aCommandGetsTheSummaryOnItsInput() throws Exception {
        Cli cli = new Cli(directory);
        Cli.Result replay = cli.run(
                "replay",
                "--input",
                "trades.csv",
                "--format",
                "csv",
                "--output",
                "lake",
                "--notify",
                "cat > told.json");
        assertThat(replay.code()).as(replay.err()).isZero();
        JsonNode told = JSON.readTree(Files.readString(directory.resolve("told.json")));
        assertThat(told.get("command").asText()).isEqualTo("replay");
        assertThat(told.get("exit_code").asInt()).isZero();
        assertThat(told.get("counts").get("read").asLong()).isEqualTo(1);
        assertThat(told.get("started_at").asText())
                .isLessThan(told.get("ended_at").asText());
        assertThat(told.get("problems")).isEmpty();

        Cli.Result failed = cli.run(
                "replay",
                "--input",
                "nothing.csv",
                "--format",
                "csv",
                "--output",
                "lake",
                "--notify",
                "cat > told.json");
        assertThat(failed.code()).isNotZero();
        told = JSON.readTree(Files.readString(directory.resolve("told.json")));
        assertThat(told.get("exit_code").asInt()).isEqualTo(failed.code());
        assertThat(told.get("problems").get(0).asText()).contains("nothing.csv");
    }

    @Test
    void anAddressGetsTheSummaryAndItsFailureIsAWarningWithoutSecrets() throws Exception {
        AtomicReference<String> body = new AtomicReference<>();
        AtomicReference<String> authorization = new AtomicReference<>();
        int[] status = {204};
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/hook", exchange -> {
            body.set(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            authorization.set(exchange.getRequestHeaders().getFirst("Authorization"));
            exchange.sendResponseHeaders(status[0], -1);
            exchange.close();
        });
        server.start();
        try {
            String address = "http://me:s3cret@127.0.0.1:" + server.getAddress().getPort() + "/hook?token=t0ken";
            Cli cli = new Cli(directory);
            assertThat(cli.run("replay", "--input", "trades.csv", "--format", "csv", "--output", "lake")
                            .code())
                    .isZero();
            Cli.Result good = cli.run("verify", "--lake", "lake", "--notify", address);
            assertThat(good.code()).as(good.out() + good.err()).isZero();
            assertThat(good.err()).doesNotContain("warning");
            JsonNode told = JSON.readTree(body.get());
            assertThat(told.get("command").asText()).isEqualTo("verify");
            assertThat(told.get("counts").get("trades").asLong()).isEqualTo(1);
            assertThat(authorization.get()).isEqualTo("Basic bWU6czNjcmV0");

            status[0] = 500;
            Files.delete(directory.resolve("lake/run.json"));
            Cli.Result bad = cli.run("verify", "--lake", "lake", "--notify", address);
            assertThat(bad.code()).isEqualTo(3);
            assertThat(JSON.readTree(body.get()).get("problems").get(0).asText())
                    .contains("run.json");
            assertThat(bad.err())
                    .contains("warning: the notification of http://127.0.0.1:")
                    .contains("status 500")
                    .doesNotContain("s3cret")
                    .doesNotContain("t0ken");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void aHookThatFailsOrHangsChangesNothingButAWarning() {
        Cli cli = new Cli(directory);
        Cli.Result failing =
                cli.run("replay", "--input", "trades.csv", "--format", "csv", "--output", "lake", "--notify", "exit 7");
        assertThat(failing.code()).isZero();
        assertThat(failing.err()).contains("warning: the notification of 'exit' ended with exit code 7");
        Cli.Result hanging = cli.run("verify", "--lake", "lake", "--notify", "sleep 600", "--notify-timeout", "1");
        assertThat(hanging.code()).as(hanging.out() + hanging.err()).isZero();
        assertThat(hanging.err()).contains("warning: the notification of 'sleep' did not end within 1 s");
        Cli.Result nobody = cli.run("verify", "--lake", "lake", "--notify", "http://u:pw@127.0.0.1:1/x");
        assertThat(nobody.code()).isZero();
        assertThat(nobody.err()).contains("could not be sent").doesNotContain("pw");
    }

    @Test
    void shownTargetsHoldNoSecrets() {
        assertThat(Objects.requireNonNull(NotifyOption.shown("https://a:b@host:8443/p/secret?x=y")))
                .isEqualTo("https://host:8443");
        assertThat(NotifyOption.shown("curl -H 'Token: x' http://h")).isEqualTo("'curl'");
    }
}
