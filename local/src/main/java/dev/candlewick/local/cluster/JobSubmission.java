package dev.candlewick.local.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a job is submitted, without what belongs to one start of it: its id, and the savepoint it begins with; immutable.
 *
 * @param options of Flink's command line, between {@code run} and the jar
 * @param jar as it was written; relative paths start in the directory
 * @param program the arguments of the jar's main
 * @param directory where Flink's command line is called
 * @param environment the variables that a job reads
 */
public record JobSubmission(
        List<String> options, String jar, List<String> program, Path directory, Map<String, String> environment) {
    /** Gives the job an id that is known before it runs. */
    static final String JOB_ID = "-D$internal.pipeline.job-id=";

    private static final List<String> TAKES_JAR = List.of("-C", "--classpath");
    private static final List<String> SAVEPOINT = List.of("-s", "--fromSavepoint");
    private static final List<String> DETACHED = List.of("-d", "--detached");

    /** Copies the collections. */
    public JobSubmission {
        options = List.copyOf(options);
        program = List.copyOf(program);
        environment = Map.copyOf(environment);
    }

    /** What a call of Flink's command line from {@code run} on says. */
    static JobSubmission of(List<String> arguments, Path directory, Map<String, String> environment) {
        List<String> options = new ArrayList<>();
        int i = 1;
        for (; i < arguments.size() && !isJar(arguments, i); i++) {
            String argument = arguments.get(i);
            if (SAVEPOINT.contains(argument)) {
                i++;
            } else if (!DETACHED.contains(argument) && !argument.startsWith(JOB_ID)) {
                options.add(argument);
            }
        }
        boolean found = i < arguments.size();
        return new JobSubmission(
                options,
                found ? arguments.get(i) : "",
                found ? arguments.subList(i + 1, arguments.size()) : List.of(),
                directory,
                environment);
    }

    /** Whether the argument of a call is the jar, and not an option's value. */
    static boolean isJar(List<String> arguments, int index) {
        return arguments.get(index).endsWith(".jar") && !TAKES_JAR.contains(arguments.get(index - 1));
    }

    /** The jar of a call. */
    static Optional<String> jar(List<String> arguments) {
        for (int i = 1; i < arguments.size(); i++) {
            if (isJar(arguments, i)) {
                return Optional.of(arguments.get(i));
            }
        }
        return Optional.empty();
    }

    /** The same with another jar. */
    public JobSubmission withJar(Path other) {
        return new JobSubmission(options, other.toString(), program, directory, environment);
    }

    /** The same with other arguments of the main. */
    public JobSubmission withProgram(List<String> other) {
        return new JobSubmission(options, jar, other, directory, environment);
    }

    /** The jar's path. */
    public Path jarPath() {
        return directory.resolve(jar).normalize();
    }

    /** The call of Flink's command line that starts it, detached. */
    List<String> arguments(String id, String from) {
        List<String> arguments = new ArrayList<>(List.of("run", "-d", JOB_ID + id, "-s", from));
        arguments.addAll(options);
        arguments.add(jar);
        arguments.addAll(program);
        return arguments;
    }
}
