package dev.candlewick.local.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A free port of this machine that no other command chooses until it is closed: between choosing a port and listening there
 * lies the start of a process, and two commands started together would both find the usual port free.
 *
 * <p>The claim is a socket on a loopback address of its own, so that it never stands in the way of who listens on 127.0.0.1,
 * and that it ends with the process that holds it. Where the system has no such address (macOS), there is no claim, and a port
 * counts as chosen once somebody listens.
 */
public final class PortClaim implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    /** All of 127.0.0.0/8 is this machine (RFC 1122, 3.2.1.3). */
    private static final String CLAIMS = "127.7.7.7";

    private final int port;
    private final @Nullable ServerSocket claim;

    private PortClaim(int port, @Nullable ServerSocket claim) {
        this.port = port;
        this.claim = claim;
    }

    /** A port, or nothing where somebody listens there or is about to. */
    public static Optional<PortClaim> of(int port) {
        ServerSocket claim = bind(CLAIMS, port);
        if (claim == null && canClaim()) {
            return Optional.empty();
        }
        if (!isFree(port)) {
            close(claim);
            return Optional.empty();
        }
        return Optional.of(new PortClaim(port, claim));
    }

    /** Any free port that the system chooses. */
    public static PortClaim any() {
        return new PortClaim(free(1).get(0), null);
    }

    /** So many different ports that are free now, chosen by the system, which takes its time until it gives one again. */
    public static List<Integer> free(int count) {
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                sockets.add(new ServerSocket(0, 1, InetAddress.getByName(HOST)));
            }
            return sockets.stream().map(ServerSocket::getLocalPort).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            sockets.forEach(PortClaim::close);
        }
    }

    /** True if a process could listen on the port now, on 127.0.0.1; false where no port has that number. */
    public static boolean isFree(int port) {
        ServerSocket socket = bind(HOST, port);
        close(socket);
        return socket != null;
    }

    /** The port; not yet listened on. */
    public int port() {
        return port;
    }

    /** Gives up the claim: by now, who wanted the port listens there or has failed. */
    @Override
    public void close() {
        close(claim);
    }

    private static boolean canClaim() {
        ServerSocket any = bind(CLAIMS, 0);
        close(any);
        return any != null;
    }

    private static @Nullable ServerSocket bind(String host, int port) {
        ServerSocket socket = null;
        try {
            socket = new ServerSocket();
            socket.bind(new InetSocketAddress(host, port));
            return socket;
        } catch (IOException | IllegalArgumentException e) {
            // Taken, no such address, or no such port.
            close(socket);
            return null;
        }
    }

    private static void close(@Nullable ServerSocket socket) {
        try {
            if (socket != null) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
