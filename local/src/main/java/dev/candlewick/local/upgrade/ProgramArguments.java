package dev.candlewick.local.upgrade;

import dev.candlewick.local.cluster.JobSubmission;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Changes the arguments of a job's main, which take each option once: what is given anew replaces what stood there. */
final class ProgramArguments {
    private static final String CONFIG = "config";
    private static final String SET = "set";
    private static final Map<String, String> ALIASES = Map.of("kafka", "kafka.bootstrap.servers");

    private ProgramArguments() {}

    /** The arguments of a job's main where a relative configuration file starts in the directory of its submission. */
    static List<String> absoluteConfig(JobSubmission job) {
        List<String> program = job.program();
        for (int i = 0; i < program.size(); i++) {
            String argument = program.get(i).strip();
            String file = argument.startsWith("--config=")
                    ? argument.substring("--config=".length())
                    : argument.equals("--config") && i + 1 < program.size() ? program.get(i + 1) : null;
            if (file != null) {
                return change(
                        program, Map.of(CONFIG, job.directory().resolve(file).toString()), Set.of());
            }
        }
        return program;
    }

    /**
     * The arguments with some options replaced.
     *
     * @param settings by key; {@code config} is the file
     * @param unset keys that are taken out
     */
    static List<String> change(List<String> arguments, Map<String, String> settings, Set<String> unset) {
        List<String> changed = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i).strip();
            if (!argument.startsWith("--")) {
                changed.add(arguments.get(i));
                continue;
            }
            int equals = argument.indexOf('=');
            String name = argument.substring(2, equals < 0 ? argument.length() : equals);
            boolean pair = equals < 0
                    && i + 1 < arguments.size()
                    && !arguments.get(i + 1).strip().startsWith("--");
            String value = equals >= 0 ? argument.substring(equals + 1) : pair ? arguments.get(i + 1) : "";
            String key = name.equals(SET) ? value.split("=", 2)[0].strip() : name;
            key = ALIASES.getOrDefault(key, key);
            if (!settings.containsKey(key) && !unset.contains(key)) {
                changed.add(arguments.get(i));
                if (pair) {
                    changed.add(arguments.get(i + 1));
                }
            }
            i += pair ? 1 : 0;
        }
        settings.forEach((key, value) ->
                changed.addAll(key.equals(CONFIG) ? List.of("--config", value) : List.of("--set", key + "=" + value)));
        return changed;
    }
}
