package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.CommandFailure;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.runtime.net.SSLUtils;

/**
 * How a client speaks to a REST endpoint with TLS: with the stores that Flink's own configuration names, as Flink's own
 * clients do, and with the certificate in them where the endpoint asks for one.
 */
public final class RestTls {
    private RestTls() {}

    /** Whether the endpoint of a cluster with this configuration has TLS. */
    static boolean isEnabled(Map<String, String> flink) {
        return SecurityOptions.isRestSSLEnabled(Configuration.fromMap(flink));
    }

    /**
     * The client's side of a configuration; empty where the endpoint has no TLS.
     *
     * @param flink keys and values of Flink's configuration
     * @param where it was read, for messages
     * @throws CommandFailure where a store cannot be used
     */
    public static Optional<SSLContext> context(Map<String, String> flink, Path where) {
        if (!isEnabled(flink)) {
            return Optional.empty();
        }
        try {
            return Optional.ofNullable(SSLUtils.createRestSSLContext(Configuration.fromMap(flink), true));
        } catch (Exception e) {
            throw CommandFailure.environment(
                    "the stores of security.ssl.rest must be usable, were not: " + e.getMessage(),
                    where.toString(),
                    "give security.ssl.rest.truststore, .keystore and their passwords as Flink's documentation says",
                    e);
        }
    }

    /** The client's side of the configuration in a directory. */
    public static Optional<SSLContext> context(Path directory) {
        Path file = directory.resolve("config.yaml");
        return context(FlinkConfigurationFiles.flat(file), file);
    }
}
