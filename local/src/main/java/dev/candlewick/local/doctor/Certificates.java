package dev.candlewick.local.doctor;

import dev.candlewick.connectors.kafka.ReferencedSecrets;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.config.Secrets;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Certificates that the job's connection to Kafka lives on: what brokers show, and what the job's stores hold. */
final class Certificates {
    /** A certificate that is valid for less is told. */
    static final Duration SOON = Duration.ofDays(30);

    private static final int WAIT_MILLIS = 2_000;
    private static final int ADDRESSES_MAX = 8;
    private static final Pattern PEM = Pattern.compile("-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----");

    private Certificates() {}

    /** Who shows or holds a certificate. */
    enum Holder {
        BROKER,
        KEY_STORE,
        TRUST_STORE
    }

    /**
     * One certificate.
     *
     * @param where the broker's address, or the store and the name in it
     */
    record Seen(Holder holder, String where, Instant notAfter) {}

    /**
     * All that can be seen; brokers that do not answer and stores that cannot be opened are left out, which other checks tell.
     *
     * @throws NotApplicable where no configuration is known, or Flink hides the words that open the stores
     */
    static List<Seen> of(Patient patient) {
        ResolvedConfiguration configuration = patient.requireConfiguration();
        Map<String, String> properties = ReferencedSecrets.lookedUp(configuration.kafkaProperties());
        if (properties.entrySet().stream()
                .anyMatch(entry ->
                        entry.getKey().startsWith("ssl.") && entry.getValue().contains(Secrets.REDACTED))) {
            throw new NotApplicable("the options of the job that runs are hidden (--config)");
        }
        List<Seen> seen = new ArrayList<>();
        store(seen, Holder.KEY_STORE, "ssl.keystore", "ssl.keystore.certificate.chain", properties);
        store(seen, Holder.TRUST_STORE, "ssl.truststore", "ssl.truststore.certificates", properties);
        String protocol =
                properties.getOrDefault("security.protocol", "PLAINTEXT").toUpperCase(Locale.ROOT);
        if (patient.kafka() != null && Set.of("SSL", "SASL_SSL").contains(protocol)) {
            Stream.of(patient.kafka().servers().split(","))
                    .limit(ADDRESSES_MAX)
                    .forEach(address -> broker(seen, address.strip()));
        }
        return seen;
    }

    /** Finds those that expire soon. */
    static void look(Patient patient, Report report) {
        Instant now = patient.clock().instant();
        for (Seen one : of(patient)) {
            boolean expired = one.notAfter().isBefore(now);
            if (one.notAfter().isAfter(now.plus(SOON))) {
                continue;
            }
            // That a broker's has expired is told by whoever could not connect; old authorities among others do no
            // harm.
            if (expired && one.holder() != Holder.KEY_STORE) {
                continue;
            }
            report.add(
                    Problem.CERTIFICATE_EXPIRES,
                    "a certificate must be valid for " + SOON.toDays() + " days, was until " + one.notAfter(),
                    one.where());
        }
    }

    private static void store(
            List<Seen> seen, Holder holder, String prefix, String inline, Map<String, String> properties) {
        try {
            String text = properties.get(inline);
            if (text != null) {
                pem(seen, holder, "kafka.properties." + inline, text);
            }
            String location = properties.get(prefix + ".location");
            if (location == null) {
                return;
            }
            Path file = Path.of(location);
            String type = properties.getOrDefault(prefix + ".type", "JKS").toUpperCase(Locale.ROOT);
            if (type.equals("PEM")) {
                pem(seen, holder, location, Files.readString(file));
                return;
            }
            KeyStore store = KeyStore.getInstance(type);
            String password = properties.get(prefix + ".password");
            try (InputStream in = Files.newInputStream(file)) {
                store.load(in, password == null ? null : password.toCharArray());
            }
            for (String alias : Collections.list(store.aliases())) {
                add(seen, holder, location + " (" + alias + ")", store.getCertificate(alias));
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // CW-K06 of the connection: what cannot be opened here cannot be opened by the client either.
            return;
        }
    }

    private static void pem(List<Seen> seen, Holder holder, String where, String text) throws GeneralSecurityException {
        Matcher matcher = PEM.matcher(text);
        for (int number = 1; matcher.find(); number++) {
            byte[] block = matcher.group().getBytes(StandardCharsets.US_ASCII);
            add(
                    seen,
                    holder,
                    where + " (" + number + ")",
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(block)));
        }
    }

    private static void add(List<Seen> seen, Holder holder, String where, Certificate certificate) {
        if (certificate instanceof X509Certificate x509) {
            seen.add(new Seen(holder, where, x509.getNotAfter().toInstant()));
        }
    }

    /** What a broker shows before anybody says who he is; nothing is sent to it, so that it need not be trusted. */
    private static void broker(List<Seen> seen, String address) {
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            return;
        }
        String host = address.substring(0, colon).replaceAll("^\\[|]$", "");
        List<X509Certificate> chain = new ArrayList<>();
        X509TrustManager recorder = new X509TrustManager() {
            @Override
            public void checkClientTrusted(X509Certificate[] certificates, String type) {}

            @Override
            public void checkServerTrusted(X509Certificate[] certificates, String type) {
                chain.addAll(List.of(certificates));
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return new X509Certificate[0];
            }
        };
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {recorder}, null);
            try (Socket plain = new Socket()) {
                plain.connect(new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1))), WAIT_MILLIS);
                plain.setSoTimeout(WAIT_MILLIS);
                try (SSLSocket socket =
                        (SSLSocket) context.getSocketFactory().createSocket(plain, host, plain.getPort(), true)) {
                    socket.startHandshake();
                }
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            // One that wants a certificate of the client ends it here, and has shown its own before.
            if (chain.isEmpty()) {
                return;
            }
        }
        for (int i = 0; i < chain.size(); i++) {
            add(seen, Holder.BROKER, i == 0 ? address : address + " (authority " + i + ")", chain.get(i));
        }
    }
}
