package dev.candlewick.jobs.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Secrets that stand in the Kafka clients' properties as a reference to where they are, in Kafka's own notation:
 * <code>${dir:/run/secrets:kafka-password}</code> is the content of a file, <code>${env:KAFKA_PASSWORD}</code> a variable of
 * the process, <code>${file:/etc/kafka.properties:password}</code> a line of a properties file.
 *
 * <p>The client itself puts the secret in, in the process that opens the connection. Graph, checkpoints, web UI and logs hold
 * the reference, and never what it refers to.
 */
public final class SecretReferences {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}:]+):(?:([^}:]*):)?([^}]*)\\}");

    /** One option of a login module. */
    private static final Pattern JAAS_OPTION = Pattern.compile("([\\w.-]+)\\s*=\\s*(\"[^\"]*\"|[^\\s;\"]+)");

    private static final Pattern JAAS = Pattern.compile(
            "[\\w.$]+LoginModule\\s+(?:required|requisite|sufficient|optional)\\s[^;]*;", Pattern.DOTALL);
    private static final Set<String> PUBLIC_OPTIONS = Set.of("username", "serviceName", "principal", "keyTab");

    private static final String CONFIG_PROVIDERS = "config.providers";
    private static final String PACKAGE = "org.apache.kafka.common.config.provider.";

    /** Those that Kafka brings, by the names that its documentation uses; their classes are the job's to see, not this package's. */
    private static final Map<String, String> PROVIDERS = Map.of(
            "dir", PACKAGE + "DirectoryConfigProvider",
            "env", PACKAGE + "EnvVarConfigProvider",
            "file", PACKAGE + "FileConfigProvider");

    private SecretReferences() {}

    /**
     * Whether a value holds no secret, but says where one is: it is one reference, or the line of a login module in which
     * everything but the user's name is a reference.
     */
    public static boolean isReference(String value) {
        String text = value.strip();
        if (REFERENCE.matcher(text).matches()) {
            return true;
        }
        if (!JAAS.matcher(text).matches()) {
            return false;
        }
        Matcher option = JAAS_OPTION.matcher(text);
        boolean refers = false;
        while (option.find()) {
            String given = option.group(2).replace("\"", "");
            if (REFERENCE.matcher(given).matches()) {
                refers = true;
            } else if (!PUBLIC_OPTIONS.contains(option.group(1)) && !given.equals("true") && !given.equals("false")) {
                return false;
            }
        }
        return refers;
    }

    /**
     * The properties of a client, with what makes it look up references; the same where there are none, or where the
     * properties name providers of their own.
     */
    public static Map<String, String> withProviders(Map<String, String> properties) {
        if (properties.containsKey(CONFIG_PROVIDERS)
                || properties.values().stream()
                        .noneMatch(value -> REFERENCE.matcher(value).find())) {
            return properties;
        }
        Map<String, String> all = new TreeMap<>(properties);
        all.put(
                CONFIG_PROVIDERS,
                String.join(",", PROVIDERS.keySet().stream().sorted().toList()));
        PROVIDERS.forEach((name, type) -> all.put(CONFIG_PROVIDERS + '.' + name + ".class", type));
        return all;
    }
}
