package dev.candlewick.local.doctor;

import dev.candlewick.local.broker.EmbeddedBroker;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.testing.TestAuthority;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

/**
 * A real broker with four doors: an open one, one that advertises an address where nobody listens, one that wants user and
 * password and grants rights one by one, and one with an expired certificate.
 */
final class GuardedBroker implements AutoCloseable {
    private final EmbeddedBroker broker;
    private final Admin admin;
    private final List<Integer> ports;
    private final Path authority;

    GuardedBroker(Path directory) throws Exception {
        ports = PortClaim.free(6);
        TestAuthority signer = new TestAuthority(directory);
        authority = signer.trustStore();
        Path expired = signer.keyStore("expired", "-40d", 10);
        String here = "127.0.0.1:";
        Map<String, String> settings = new TreeMap<>();
        settings.put("controller.quorum.voters", "1@" + here + ports.get(4));
        settings.put(
                "listeners",
                "PLAINTEXT://" + here + ports.get(0) + ",LOST://" + here + ports.get(1) + ",GUARDED://" + here
                        + ports.get(2) + ",TLS://" + here + ports.get(3) + ",CONTROLLER://" + here + ports.get(4));
        settings.put(
                "advertised.listeners",
                "PLAINTEXT://" + here + ports.get(0) + ",LOST://" + here + ports.get(5) + ",GUARDED://" + here
                        + ports.get(2) + ",TLS://" + here + ports.get(3));
        settings.put(
                "listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,LOST:PLAINTEXT,GUARDED:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("sasl.enabled.mechanisms", "PLAIN");
        settings.put(
                "listener.name.guarded.plain.sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required user_alice=\"alice-word\" user_bob=\"bob-word\";");
        settings.put("listener.name.tls.ssl.keystore.location", expired.toString());
        settings.put("listener.name.tls.ssl.keystore.type", "PKCS12");
        settings.put("listener.name.tls.ssl.keystore.password", TestAuthority.STORE_PASSWORD);
        settings.put("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        settings.put("super.users", "User:ANONYMOUS");
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "600000");
        broker = EmbeddedBroker.start(directory.resolve("data"), ports.get(0), settings);
        admin = Admin.create(Map.of("bootstrap.servers", open()));
    }

    /** The open door. */
    String open() {
        return "127.0.0.1:" + ports.get(0);
    }

    /** The door that advertises an address where nobody listens. */
    String lost() {
        return "127.0.0.1:" + ports.get(1);
    }

    /** The door that wants user and password. */
    String guarded() {
        return "127.0.0.1:" + ports.get(2);
    }

    /** The door with the expired certificate. */
    String tls() {
        return "127.0.0.1:" + ports.get(3);
    }

    /** An address where nobody listens. */
    String nobody() {
        return "127.0.0.1:" + ports.get(5);
    }

    Admin admin() {
        return admin;
    }

    /** What a client of the guarded door needs. */
    Map<String, String> user(String name, String password) {
        return Map.of(
                "security.protocol",
                "SASL_PLAINTEXT",
                "sasl.mechanism",
                "PLAIN",
                "sasl.jaas.config",
                "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"" + name + "\" password=\""
                        + password + "\";");
    }

    /** What a client of the TLS door needs. */
    Map<String, String> trust() {
        return Map.of(
                "security.protocol",
                "SSL",
                "ssl.truststore.location",
                authority.toString(),
                "ssl.truststore.type",
                "PKCS12",
                "ssl.truststore.password",
                TestAuthority.STORE_PASSWORD);
    }

    /** A key store of a client whose certificate has twenty days left; the open door does not ask for it. */
    Map<String, String> expiringKeyStore(Path directory) throws Exception {
        Path store = TestAuthority.selfSigned(directory, "client", "-10d", 30);
        return Map.of(
                "ssl.keystore.location",
                store.toString(),
                "ssl.keystore.type",
                "PKCS12",
                "ssl.keystore.password",
                TestAuthority.STORE_PASSWORD);
    }

    /** Makes a topic as the job wants its sources. */
    String topic(String name, int partitions, Map<String, String> settings) {
        Map<String, String> all = new TreeMap<>(Topics.INPUT_CONFIGS);
        all.putAll(settings);
        Topics.ensure(admin, name, partitions, all);
        return name;
    }

    /** Grants Alice rights on every topic. */
    void grant(AclOperation... operations) throws Exception {
        List<AclBinding> bindings = new ArrayList<>();
        for (AclOperation operation : operations) {
            bindings.add(new AclBinding(
                    new ResourcePattern(ResourceType.TOPIC, "*", PatternType.LITERAL),
                    new AccessControlEntry("User:alice", "*", operation, AclPermissionType.ALLOW)));
        }
        admin.createAcls(bindings).all().get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        admin.close();
        broker.close();
    }
}
