package dev.candlewick.local.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.cli.CandlewickHome;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.testing.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The broker as a process of its own, by the commands that a user has. */
final class BrokerProcessTest {

    @TempDir
    private Path directory;

    private Cli cli;
    private CandlewickHome home;

    @BeforeEach
    void setUp() {
        cli = new Cli(directory);
        home = new CandlewickHome(directory.resolve(".candlewick"));
    }

    @AfterEach
    void stopWhatRuns() {
        BrokerState.running(home)
                .filter(state -> state.pid() != ProcessHandle.current().pid())
                .ifPresent(state -> {
                    ProcessHandle process = state.process();
                    if (process != null) {
                        process.destroyForcibly();
                    }
                });
    }

    @Test
    void livesThroughUpStatusAndDownWithoutAWarningInItsLog() throws Exception {
        Cli.Result status = cli.run("kafka", "status");
        assertThat(status.code()).isEqualTo(4);
        assertThat(status.out()).isEmpty();
        assertThat(status.err()).contains("no local broker runs").contains("kafka up");

        Cli.Result up = cli.run("kafka", "up", "--port", "0");
        assertThat(up.code()).as(up.err()).isEqualTo(0);
        assertThat(up.out()).matches("127\\.0\\.0\\.1:\\d+\n");
        String address = up.out().trim();

        Cli.Result again = cli.run("kafka", "up");
        assertThat(again.code()).isEqualTo(0);
        assertThat(again.out()).isEqualTo(up.out());
        assertThat(again.err()).contains("runs already");

        Cli.Result otherPort = cli.run("kafka", "up", "--port", "1");
        assertThat(otherPort.code()).isEqualTo(4);
        assertThat(otherPort.err()).contains("runs already on " + address);

        // Other commands find it by themselves.
        Path trades = directory.resolve("trades.csv");
        Files.writeString(
                trades, "row,event_time_ns,venue,symbol,price,size\n0,1381104000276000000,COMEX,GC,1313.7,1\n");
        Cli.Result produced = cli.run("produce", "--input", "trades.csv", "--topic", "trades");
        assertThat(produced.code()).as(produced.err()).isEqualTo(0);

        status = cli.run("kafka", "status", "-o", "json");
        assertThat(status.code()).isEqualTo(0);
        assertThat(status.out()).contains("\"address\":\"" + address + "\"").contains("\"topics\":[\"trades\"]");

        Cli.Result down = cli.run("kafka", "down");
        assertThat(down.code()).isEqualTo(0);
        assertThat(down.err()).contains("stopped the broker at " + address);
        assertThat(home.kafkaStateFile()).doesNotExist();
        assertThat(PortClaim.isFree(port(address))).isTrue();

        Cli.Result downAgain = cli.run("kafka", "down");
        assertThat(downAgain.code()).isEqualTo(0);
        assertThat(downAgain.err()).contains("no broker runs");

        List<String> log = Files.readAllLines(new BrokerProcess(home).logFile());
        assertThat(log).anyMatch(line -> line.contains(" INFO ") && line.contains("started"));
        assertThat(log).noneMatch(line -> line.matches(".*\\b(WARN|ERROR|FATAL)\\b.*"));
    }

    @Test
    void keepsAcknowledgedDataAndItsPortOverAKill() throws Exception {
        Cli.Result up = cli.run("kafka", "up", "--port", "0");
        assertThat(up.code()).as(up.err()).isEqualTo(0);
        Path trades = directory.resolve("trades.csv");
        Files.writeString(
                trades,
                "row,event_time_ns,venue,symbol,price,size\n"
                        + "0,1381104000276000000,COMEX,GC,1313.7,1\n"
                        + "1,1381104000277000000,COMEX,GC,1313.8,2\n");
        assertThat(cli.run("produce", "--input", "trades.csv", "--topic", "trades")
                        .code())
                .isEqualTo(0);
        Cli.Result before = cli.run("tail", "trades", "--until", "latest", "-o", "json");
        assertThat(before.lines()).hasSize(2);

        BrokerState state = BrokerState.running(home).orElseThrow();
        ProcessHandle.of(state.pid()).orElseThrow().destroyForcibly();
        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !state.isAlive());

        // The state file is still there, and counts for nothing.
        assertThat(home.kafkaStateFile()).exists();
        assertThat(cli.run("kafka", "status").code()).isEqualTo(4);
        Cli.Result lost = cli.run("tail", "trades");
        assertThat(lost.code()).isEqualTo(4);
        assertThat(lost.err()).contains("./candlewick kafka up");
        assertThat(cli.run("doctor").out()).contains("CW-K25", "process " + state.pid());

        Cli.Result upAgain = cli.run("kafka", "up");
        assertThat(upAgain.code()).as(upAgain.err()).isEqualTo(0);
        assertThat(upAgain.out()).isEqualTo(up.out());
        assertThat(cli.run("doctor").out()).doesNotContain("CW-K25");
        assertThat(cli.run("tail", "trades", "--until", "latest", "-o", "json").out())
                .isEqualTo(before.out());
        assertThat(cli.run("kafka", "down").code()).isEqualTo(0);
    }

    @Test
    void takesNoForeignProcessForItsBroker() throws Exception {
        ProcessHandle self = ProcessHandle.current();
        // A process with the id of the dead broker, but started at another time.
        new BrokerState("127.0.0.1:1", self.pid(), 1L, BrokerState.OWNER_KAFKA_UP, directory, "").publish(home);
        assertThat(BrokerState.read(home)).isPresent();
        assertThat(BrokerState.running(home)).isEmpty();
        Cli.Result down = cli.run("kafka", "down");
        assertThat(down.code()).isEqualTo(0);
        assertThat(down.err()).contains("no broker runs");
        assertThat(home.kafkaStateFile()).doesNotExist();
        assertThat(self.isAlive()).isTrue();
    }

    @Test
    void readsNothingFromADamagedStateFile() throws Exception {
        Files.createDirectories(home.directory());
        for (String damaged : List.of("", "{", "[]", "{\"address\":\"a:1\"}", "{\"address\":\"a:1\",\"pid\":\"x\"}")) {
            Files.writeString(home.kafkaStateFile(), damaged);
            assertThat(BrokerState.running(home)).as(damaged).isEmpty();
            assertThat(cli.run("kafka", "status").code()).as(damaged).isEqualTo(4);
        }
    }

    @Test
    void findsButDoesNotStopTheBrokerOfAnotherCommand() {
        try (EmbeddedBroker broker = EmbeddedBroker.start(directory.resolve("data"), EmbeddedBroker.ANY_PORT)) {
            BrokerState state = BrokerState.ofThisProcess(broker, "demo", "");
            state.publish(home);
            assertThat(cli.run("kafka", "up").out()).isEqualTo(broker.bootstrapServers() + "\n");
            Cli.Result down = cli.run("kafka", "down");
            assertThat(down.code()).isEqualTo(4);
            assertThat(down.err()).contains("was started by demo").contains("Ctrl-C");
            state.withdraw(home);
            assertThat(home.kafkaStateFile()).doesNotExist();
        }
    }

    @Test
    void saysWhyItDoesNotStart() throws Exception {
        Files.createDirectories(home.kafkaDirectory());
        Files.writeString(home.kafkaDirectory().resolve("data"), "a file where the directory belongs");
        Cli.Result up = cli.run("kafka", "up", "--port", "0");
        assertThat(up.code()).isEqualTo(4);
        assertThat(up.out()).isEmpty();
        assertThat(up.err()).contains("did not start").contains("broker.log").doesNotContain("\tat ");
        assertThat(home.kafkaStateFile()).doesNotExist();
    }

    private static int port(String address) {
        return Integer.parseInt(address.substring(address.indexOf(':') + 1));
    }
}
