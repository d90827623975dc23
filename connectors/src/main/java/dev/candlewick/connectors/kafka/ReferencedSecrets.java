package dev.candlewick.connectors.kafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.AbstractConfig;
import org.jspecify.annotations.Nullable;

/**
 * Secrets that stand in the Kafka clients' properties as a reference, such as <code>${dir:/run/secrets:kafka-password}</code>,
 * which the client itself looks up: whether what they name is there.
 */
public final class ReferencedSecrets {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]+):(?:([^}:]*):)?([^}]*)\\}");

    private ReferencedSecrets() {}

    /** Whether a property of a client says how references are looked up. */
    public static boolean isProvider(String property) {
        return property.equals(AbstractConfig.CONFIG_PROVIDERS_CONFIG)
                || property.startsWith(AbstractConfig.CONFIG_PROVIDERS_CONFIG + '.');
    }

    /**
     * The properties of a client as it sees them itself, with secrets in the place of references: never for display.
     *
     * @return the same where nothing refers to anything, or what is referred to cannot be read
     */
    public static Map<String, String> lookedUp(Map<String, String> properties) {
        if (properties.keySet().stream().noneMatch(ReferencedSecrets::isProvider)) {
            return properties;
        }
        Map<String, Object> client = new HashMap<>(properties);
        client.putIfAbsent(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "localhost:9092");
        try {
            Map<String, String> found = new TreeMap<>(properties);
            Map<String, Object> seen = new AdminClientConfig(client).originals();
            found.replaceAll((key, value) -> String.valueOf(seen.getOrDefault(key, value)));
            return found;
        } catch (KafkaException e) {
            return properties;
        }
    }

    /**
     * What is wrong with the references of a client's properties, as seen from this process: files and variables that are
     * not there, and files that end with a line break, which would be a part of the secret.
     *
     * @param environment the variables of this process
     */
    public static List<String> problems(Map<?, ?> properties, Map<String, String> environment) {
        List<String> problems = new ArrayList<>();
        if (!properties.containsKey(AbstractConfig.CONFIG_PROVIDERS_CONFIG)) {
            return problems;
        }
        new TreeMap<Object, Object>(properties).forEach((key, value) -> {
            Matcher reference = REFERENCE.matcher(String.valueOf(value));
            while (reference.find()) {
                String wrong = problem(reference, environment);
                if (wrong != null) {
                    problems.add("kafka.properties." + key + " must name a secret that can be read here, was "
                            + reference.group() + " (" + wrong + ")");
                }
            }
        });
        return problems;
    }

    private static @Nullable String problem(Matcher reference, Map<String, String> environment) {
        String path = reference.group(2) == null ? "" : reference.group(2);
        switch (reference.group(1)) {
            case "env":
                return environment.containsKey(reference.group(3)) ? null : "the variable is not set";
            case "file":
                return Files.isReadable(Path.of(path)) ? null : "the file cannot be read";
            case "dir":
                Path file = Path.of(path, reference.group(3));
                if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
                    return "the file " + file + " cannot be read";
                }
                try {
                    // A key in PEM ends with one, and may.
                    String text = Files.readString(file);
                    return text.endsWith("\n") && !text.startsWith("-----BEGIN ")
                            ? "the file " + file + " ends with a line break, which would be a part of the secret"
                            : null;
                } catch (IOException e) {
                    return "the file " + file + " cannot be read";
                }
            default:
                return null;
        }
    }
}
