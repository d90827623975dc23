package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.CommandFailure;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Finds the broker that a command shall talk to. */
public final class BootstrapServers {

    /** Names the broker where no option does. */
    public static final String VARIABLE = "CANDLEWICK_KAFKA";

    private BootstrapServers() {}

    /**
     * The option if given, else environment variable {@value #VARIABLE}, else the running local broker.
     *
     * @param option value of {@code --kafka}, or null
     * @return {@code host:port}, or several separated by commas
     * @throws CommandFailure with exit code 2 if the address is malformed, 4 if there is none
     */
    public static String resolve(CliContext context, @Nullable String option) {
        if (option != null) {
            return checked(option, "--kafka");
        }
        String variable = context.environment().get(VARIABLE);
        if (variable != null && !variable.isBlank()) {
            return checked(variable, VARIABLE);
        }
        return BrokerState.running(context.home())
                .map(BrokerState::address)
                .orElseThrow(() -> CommandFailure.environment(
                        "a Kafka broker must be known, was none: no --kafka, no " + VARIABLE
                                + ", and no local broker runs",
                        context.home().directory().toString(),
                        "start one with ./candlewick kafka up, or name one with --kafka HOST:PORT",
                        null));
    }

    private static String checked(String value, String origin) {
        String trimmed = value.trim();
        boolean wellFormed = !trimmed.isEmpty()
                && Arrays.stream(trimmed.split(",", -1))
                        .allMatch(part -> part.strip().matches("\\S+:\\d{1,5}"));
        if (!wellFormed) {
            throw CommandFailure.usage(
                    "Kafka address must be HOST:PORT, was '" + value + "'", origin, "for example 127.0.0.1:9092");
        }
        return trimmed;
    }
}
