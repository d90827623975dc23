package dev.candlewick.local.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A certificate authority of its own, made by Java's own tool. */
public final class TestAuthority {
    /** Of every store that it makes. */
    public static final String STORE_PASSWORD = "not-a-secret";

    private static final Base64.Encoder PEM = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private final Path directory;
    private final Path signer;
    private final Path trustStore;

    /** Makes its key and the store with its certificate. */
    public TestAuthority(Path directory) throws Exception {
        this.directory = Files.createDirectories(directory);
        signer = directory.resolve("signer.p12");
        trustStore = directory.resolve("authority.p12");
        keytool(
                signer,
                "-genkeypair -alias ca -keyalg EC -dname CN=authority -ext bc:c -startdate -100d -validity 3650");
        keytool(signer, "-exportcert -alias ca -file ca.crt");
        keytool(trustStore, "-importcert -alias ca -file ca.crt -noprompt");
    }

    /** A PKCS12 store that trusts it. */
    public Path trustStore() {
        return trustStore;
    }

    /** A PKCS12 store with a key for 127.0.0.1 and a certificate that is valid for some days from a day on. */
    public Path keyStore(String name, String startDate, int days) throws Exception {
        return keyStore(name, "EC", startDate, days);
    }

    /** The same with a key of an algorithm of {@code keytool}. */
    public Path keyStore(String name, String keyAlgorithm, String startDate, int days) throws Exception {
        Path store = directory.resolve(name + ".p12");
        keytool(
                store,
                "-genkeypair -alias " + name + " -keyalg " + keyAlgorithm + " -dname CN=" + name
                        + " -startdate -90d -validity 3650");
        keytool(store, "-certreq -alias " + name + " -file " + name + ".csr");
        keytool(
                signer,
                "-gencert -alias ca -infile " + name + ".csr -outfile " + name + ".crt -startdate " + startDate
                        + " -validity " + days + " -ext san=ip:127.0.0.1");
        keytool(store, "-importcert -alias ca -file ca.crt -noprompt");
        keytool(store, "-importcert -alias " + name + " -file " + name + ".crt -noprompt");
        return store;
    }

    /** A PKCS12 store with a key and a certificate that it has signed itself, valid for some days from a day on. */
    public static Path selfSigned(Path directory, String name, String startDate, int days) throws Exception {
        Path store = directory.resolve(name + ".p12");
        keytool(
                directory,
                store,
                "-genkeypair -alias " + name + " -keyalg EC -dname CN=" + name + " -startdate " + startDate
                        + " -validity " + days);
        return store;
    }

    /** The private key of such a store, in PEM. */
    public static String privateKey(Path store, String name) throws GeneralSecurityException, IOException {
        byte[] key = load(store).getKey(name, STORE_PASSWORD.toCharArray()).getEncoded();
        return "-----BEGIN PRIVATE KEY-----\n" + PEM.encodeToString(key) + "\n-----END PRIVATE KEY-----\n";
    }

    /** The certificates of such a store, in PEM. */
    public static String chain(Path store, String name) throws GeneralSecurityException, IOException {
        StringBuilder text = new StringBuilder();
        for (Certificate certificate : load(store).getCertificateChain(name)) {
            text.append("-----BEGIN CERTIFICATE-----\n")
                    .append(PEM.encodeToString(certificate.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        return text.toString();
    }

    private static KeyStore load(Path store) throws GeneralSecurityException, IOException {
        KeyStore loaded = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store)) {
            loaded.load(in, STORE_PASSWORD.toCharArray());
        }
        return loaded;
    }

    private void keytool(Path store, String arguments) throws Exception {
        keytool(directory, store, arguments);
    }

    private static void keytool(Path directory, Path store, String arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.add("-J-XX:TieredStopAtLevel=1");
        command.addAll(List.of(arguments.split(" ")));
        command.addAll(List.of("-keystore", store.toString(), "-storetype", "PKCS12", "-storepass", STORE_PASSWORD));
        Path log = directory.resolve("keytool.log");
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (process.waitFor() != 0) {
            throw new IOException("keytool " + arguments + ": " + Files.readString(log));
        }
    }
}
