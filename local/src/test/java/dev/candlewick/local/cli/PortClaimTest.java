package dev.candlewick.local.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class PortClaimTest {

    @Test
    void aPortIsChosenByOneAtATime() throws Exception {
        int port = PortClaim.any().port();
        try (PortClaim claim = PortClaim.of(port).orElseThrow()) {
            // Then nobody else gets it, in this process or in another, and who has it can listen
            assertThat(claim.port()).isEqualTo(port);
            assertThat(PortClaim.of(port)).isEmpty();
            assertThat(inAnotherProcess(port)).isEqualTo("taken");
            assertThat(PortClaim.isFree(port)).isTrue();
            listen(port).close();
        }
        assertThat(inAnotherProcess(port)).isEqualTo("free");
        Optional<PortClaim> again = PortClaim.of(port);
        assertThat(again).isPresent();
        again.get().close();
    }

    @Test
    void whereSomebodyListensThereIsNothingToClaim() throws Exception {
        int port;
        try (ServerSocket socket = listen(0)) {
            port = socket.getLocalPort();
            assertThat(PortClaim.isFree(port)).isFalse();
            assertThat(PortClaim.of(port)).isEmpty();
        }
        // And what failed left no claim behind
        Optional<PortClaim> claim = PortClaim.of(port);
        assertThat(claim).isPresent();
        claim.get().close();
    }

    @Test
    void aNumberThatIsNoPortIsNeverFree() {
        assertThat(PortClaim.isFree(70_000)).isFalse();
        assertThat(PortClaim.isFree(-1)).isFalse();
        assertThat(PortClaim.of(70_000)).isEmpty();
    }

    private static ServerSocket listen(int port) throws Exception {
        return new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
    }

    private static String inAnotherProcess(int port) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Claimant.class.getName(),
                        Integer.toString(port))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        return answer;
    }

    /** Another command. */
    static final class Claimant {
        public static void main(String[] arguments) {
            System.out.print(PortClaim.of(Integer.parseInt(arguments[0])).isPresent() ? "free" : "taken");
        }
    }
}
