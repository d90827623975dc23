package dev.candlewick.connectors.kafka.preflight;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.jspecify.annotations.Nullable;

/**
 * Why a broker does not do what it was asked, told apart by what must be mended; immutable.
 *
 * <p>The texts never hold a password: they are made from addresses, names of principals and topics, and the broker's own
 * words, which do not repeat credentials.
 *
 * @param kind what is wrong
 * @param what one sentence: rule, what was found, where
 * @param fix what the user can do
 */
public record KafkaTrouble(Kind kind, String what, String fix) {
    private static final int PROBE_MILLIS = 3_000;

    /** What is wrong; the codes are stable and explained in docs/errors.md. */
    public enum Kind {
        /** Nobody listens at the address. */
        UNREACHABLE("CW-K01"),
        /** The broker refuses user or password. */
        CREDENTIALS("CW-K02"),
        /** One side refuses the other's certificate. */
        CERTIFICATE("CW-K03"),
        /** The client is known and may not do it. */
        PERMISSION("CW-K04"),
        /** Somebody listens and does not answer as a Kafka broker of this security protocol. */
        NO_ANSWER("CW-K05"),
        /** The client's own properties cannot be used. */
        CLIENT("CW-K06");

        private final String code;

        Kind(String code) {
            this.code = code;
        }

        /** The stable code. */
        public String code() {
            return code;
        }
    }

    /** What, code and fix in one message, as every refusal of a start is told. */
    public String message() {
        return what + " [" + kind.code() + "]. Fix: " + fix;
    }

    /**
     * Finds out, within seconds, whether anybody listens at one of the addresses.
     *
     * @param servers host:port, several separated by commas
     * @return null where somebody does
     */
    public static @Nullable KafkaTrouble probe(String servers) {
        StringBuilder refusals = new StringBuilder();
        for (String address : servers.split(",", -1)) {
            String refusal = refusal(address.strip());
            if (refusal == null) {
                return null;
            }
            refusals.append(refusals.isEmpty() ? "" : "; ").append(refusal);
        }
        return new KafkaTrouble(
                Kind.UNREACHABLE,
                "a Kafka broker must listen at bootstrap.servers=" + servers + ", none did (" + refusals + ")",
                "check host and port, that the broker runs, and that no firewall lies between; ./candlewick kafka up"
                        + " starts one here");
    }

    /** Why an address takes no connection; null where it takes one. */
    public static @Nullable String refusal(String address) {
        int colon = address.lastIndexOf(':');
        if (colon < 1) {
            return address + ": not HOST:PORT";
        }
        String host = address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1))), PROBE_MILLIS);
            return null;
        } catch (UnknownHostException e) {
            return address + ": the host is not known";
        } catch (SocketTimeoutException e) {
            return address + ": no answer within " + PROBE_MILLIS + " ms";
        } catch (ConnectException e) {
            return address + ": connection refused";
        } catch (IOException | IllegalArgumentException e) {
            return address + ": " + e.getMessage();
        }
    }

    /**
     * What a failure of a Kafka client means.
     *
     * @param asked what was asked, for example {@code describe topic trades}
     * @param failure what the client threw, or completed its answer with
     * @param client the client's properties; only addresses and names of mechanisms are read
     */
    public static KafkaTrouble of(String asked, Throwable failure, Map<?, ?> client) {
        String servers = String.valueOf(client.get("bootstrap.servers"));
        String where = " (bootstrap.servers=" + servers + ")";
        String protocol = text(client, "security.protocol", "PLAINTEXT");
        if (find(failure, SslAuthenticationException.class) != null) {
            return certificate(failure, where);
        }
        AuthenticationException refused = find(failure, AuthenticationException.class);
        if (refused != null) {
            return new KafkaTrouble(
                    Kind.CREDENTIALS,
                    "the broker must accept user and password, refused them: " + refused.getMessage()
                            + " (bootstrap.servers=" + servers + ", security.protocol=" + protocol + ", sasl.mechanism="
                            + text(client, "sasl.mechanism", "GSSAPI") + ")",
                    "set user and password in kafka.properties.sasl.jaas.config to those of the broker, and"
                            + " kafka.properties.sasl.mechanism to one that it offers");
        }
        AuthorizationException forbidden = find(failure, AuthorizationException.class);
        if (forbidden != null) {
            return new KafkaTrouble(
                    Kind.PERMISSION,
                    "this client must be allowed to " + asked + ", was refused: " + forbidden.getMessage() + where,
                    permissionFix());
        }
        if (find(failure, ConfigException.class) != null || find(failure, NoSuchFileException.class) != null) {
            return unusable(failure, where);
        }
        KafkaTrouble probed = probe(servers);
        if (probed != null) {
            return probed;
        }
        boolean isSilent = find(failure, TimeoutException.class) != null
                || find(failure, org.apache.kafka.common.errors.TimeoutException.class) != null
                || find(failure, DisconnectException.class) != null;
        if (!isSilent && failure instanceof KafkaException && failure.getCause() != null) {
            return unusable(failure, where);
        }
        if (isSilent || find(failure, IOException.class) != null) {
            return new KafkaTrouble(
                    Kind.NO_ANSWER,
                    "the broker must answer to '" + asked + "', did not although somebody listens there"
                            + " (bootstrap.servers=" + servers + ", security.protocol=" + protocol + ")",
                    "set kafka.properties.security.protocol to that of the listener (PLAINTEXT, SSL, SASL_PLAINTEXT,"
                            + " SASL_SSL), and check that its advertised.listeners can be reached from here"
                            + " (./candlewick doctor)");
        }
        return new KafkaTrouble(
                Kind.NO_ANSWER,
                "the broker must answer to '" + asked + "', did not: "
                        + failure.getClass().getSimpleName() + ": " + failure.getMessage() + where,
                "check the address and its advertised listeners, and look at the broker's log");
    }

    /** What to do about a missing permission. */
    static String permissionFix() {
        return "grant it to the client's user: READ and DESCRIBE on the source topics, WRITE, DESCRIBE and CREATE on"
                + " those that the job writes, READ on its group, WRITE and DESCRIBE on its transactional ids (prefixed),"
                + " DESCRIBE_CONFIGS on the cluster; ./candlewick config rights prints the commands";
    }

    private static KafkaTrouble unusable(Throwable failure, String where) {
        return new KafkaTrouble(
                Kind.CLIENT,
                "the properties of the Kafka client must be usable, were not: "
                        + root(failure).getMessage() + where,
                "correct kafka.properties.* and kafka.bootstrap.servers: names, values, and paths of key and trust"
                        + " stores with their passwords");
    }

    private static KafkaTrouble certificate(Throwable failure, String where) {
        String fix = "give the broker a certificate of a known authority that is valid now and names its host";
        String what;
        CertificateExpiredException expired = find(failure, CertificateExpiredException.class);
        CertificateNotYetValidException early = find(failure, CertificateNotYetValidException.class);
        String told = String.valueOf(root(failure).getMessage());
        if (expired != null) {
            what = "the broker's TLS certificate must be valid now, has expired: " + expired.getMessage();
            fix = "renew the broker's certificate, or correct this machine's clock if it is wrong";
        } else if (early != null) {
            what = "the broker's TLS certificate must be valid now, is not yet: " + early.getMessage();
            fix = "correct this machine's clock, or give the broker another certificate";
        } else if (told.contains("certificate_expired")) {
            what = "this client's TLS certificate must be valid, the broker says that it has expired";
            fix = "renew the client's certificate (kafka.properties.ssl.keystore.location)";
        } else if (find(failure, CertPathBuilderException.class) != null) {
            what = "the broker's TLS certificate must be of a known authority, was not: " + told;
            fix = "put the authority's certificate into kafka.properties.ssl.truststore.location";
        } else {
            what = "both sides must agree on TLS, did not: " + told;
        }
        return new KafkaTrouble(Kind.CERTIFICATE, what + where, fix);
    }

    private static String text(Map<?, ?> client, String name, String otherwise) {
        Object value = client.get(name);
        return value == null ? otherwise : value.toString();
    }

    private static Throwable root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        return root;
    }

    private static <T extends Throwable> @Nullable T find(Throwable failure, Class<T> type) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return type.cast(t);
            }
        }
        return null;
    }
}
