package dev.candlewick.local.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Tells what commands leave with {@code --metrics}, and how much room a disk has, in place of a node exporter. */
public final class NodeExporter implements AutoCloseable {
    private final HttpServer server;
    private final List<Path> left = new CopyOnWriteArrayList<>();
    private final List<Path> disks = new CopyOnWriteArrayList<>();

    /** Starts it on a port of its own. */
    public NodeExporter() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/metrics", exchange -> {
            byte[] bytes = text().getBytes(UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/plain; version=0.0.4");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
    }

    /** The server, for what else it shall take. */
    public HttpServer server() {
        return server;
    }

    public int port() {
        return server.getAddress().getPort();
    }

    /** Tells a file from now on; where it is not there, nothing. */
    public void tell(Path file) {
        left.add(file);
    }

    /** Tells of the disk on which a directory is. */
    public void tellDiskOf(Path directory) {
        disks.add(directory);
    }

    private String text() throws IOException {
        StringBuilder text = new StringBuilder();
        for (Path file : left) {
            text.append(Files.exists(file) ? Files.readString(file) : "");
        }
        for (Path directory : disks) {
            FileStore store = Files.getFileStore(directory);
            // "MOUNT (DEVICE)"
            String mount = store.toString().replaceFirst(" \\([^)]*\\)$", "");
            String labels =
                    "{device=\"" + store.name() + "\",fstype=\"" + store.type() + "\",mountpoint=\"" + mount + "\"} ";
            text.append("node_filesystem_avail_bytes")
                    .append(labels)
                    .append(store.getUsableSpace())
                    .append("\nnode_filesystem_size_bytes")
                    .append(labels)
                    .append(store.getTotalSpace())
                    .append('\n');
        }
        return text.toString();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
