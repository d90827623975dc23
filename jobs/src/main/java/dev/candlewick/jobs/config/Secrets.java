package dev.candlewick.jobs.config;

import java.util.Locale;
import java.util.regex.Pattern;

/** Knows which options must never be shown. */
public final class Secrets {
    /** What is shown instead of a secret. */
    public static final String REDACTED = "******";

    // The keys of stores are key material; dedup.key is not.
    private static final Pattern SECRET =
            Pattern.compile(".*(password|passwd|passphrase|secret|token|credential|jaas|private).*"
                    + "|.*ssl\\.(keystore|truststore)\\.(key|certificates|certificate\\.chain)"
                    + "|.*(api|access|account|encryption)[._-]?key");

    private Secrets() {}

    /** Whether the value of an option or property must never be shown, by its name. */
    public static boolean isSecret(String key) {
        return SECRET.matcher(key.toLowerCase(Locale.ROOT)).matches();
    }

    /** A value as it may be shown: a reference to a secret is none, and says where to look. */
    static String shown(String key, String value) {
        return isSecret(key) && !SecretReferences.isReference(value) ? REDACTED : value;
    }

    /** Whether a value is a secret that others would see where it is an argument of a process. */
    static boolean isBetrayed(String key, String value) {
        return isSecret(key)
                && !key.endsWith("certificates")
                && !key.endsWith("certificate.chain")
                && !value.isEmpty()
                && !value.equals(REDACTED)
                && !SecretReferences.isReference(value);
    }
}
