package dev.candlewick.local.doctor;

import dev.candlewick.jobs.config.SecretReferences;
import dev.candlewick.jobs.config.Secrets;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Secrets where others see them. What is found is told by its name, never by its value. */
final class SecretChecks {
    /** Processes of Candlewick, Flink and Kafka; what others do is their business. */
    private static final Pattern OURS = Pattern.compile(
            "dev\\.candlewick\\.|org\\.apache\\.flink\\.|\\bkafka\\.Kafka\\b|candlewick-[a-z]+-.*\\.jar");

    private static final Pattern ASSIGNMENT =
            Pattern.compile("^[\\s\"'-]*(?:D)?([A-Za-z0-9_][A-Za-z0-9_.-]*)[\"']?\\s*[=:]\\s*(.*)$", Pattern.DOTALL);
    private static final Pattern PASSWORD_IN_TEXT = Pattern.compile("password\\s*=\\s*\\\\?[\"']?[^\\s\"';,\\\\$*]");
    private static final Pattern CREDENTIALS_IN_URL = Pattern.compile("[a-z0-9]://[^/\\s:@]+:[^/\\s@*]+@");
    private static final Pattern PRIVATE_KEY = Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY");

    /** Names whose value says where a secret is, or whether there is one. */
    private static final Pattern POINTER =
            Pattern.compile("(?i).*(?:file|path|location|dir|provider|class|enabled|type|mechanism)$");

    private static final Set<String> HARMLESS = Set.of("", "null", "true", "false", "none", Secrets.REDACTED);

    static final List<Check> ALL = List.of(
            new Check(
                    "secrets.arguments",
                    "arguments of the processes of Candlewick, Flink and Kafka on this machine",
                    Set.of(Problem.SECRET_IN_ARGUMENTS),
                    SecretChecks::arguments),
            new Check(
                    "secrets.files",
                    "configuration files, and the local cluster's own",
                    Set.of(Problem.SECRET_READABLE),
                    SecretChecks::files),
            new Check("secrets.runs", "run.json of the lakes' runs", Set.of(Problem.SECRET_IN_RUN), SecretChecks::runs),
            new Check(
                    "secrets.rest",
                    "what Flink shows of its configuration and of the jobs' options",
                    Set.of(Problem.SECRET_IN_REST),
                    SecretChecks::rest));

    private SecretChecks() {}

    private static void arguments(Patient patient, Report report) {
        int looked = 0;
        for (ProcessHandle process : patient.processes().get()) {
            List<String> arguments = arguments(process);
            if (arguments.isEmpty()
                    || !OURS.matcher(String.join(" ", arguments)).find()) {
                continue;
            }
            looked++;
            secret(arguments)
                    .ifPresent(name -> report.add(
                            Problem.SECRET_IN_ARGUMENTS,
                            "arguments must hold no secret, hold " + name,
                            "process " + process.pid()));
        }
        if (looked == 0) {
            throw new NotApplicable("no process of Candlewick, Flink or Kafka can be seen");
        }
    }

    private static List<String> arguments(ProcessHandle process) {
        try {
            String line = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "cmdline"), StandardCharsets.ISO_8859_1);
            return List.of(line.split("\0", -1));
        } catch (IOException e) {
            return process.info().arguments().map(List::of).orElse(List.of());
        }
    }

    /** The name of the first secret among arguments. */
    private static Optional<String> secret(List<String> arguments) {
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            Matcher assignment = ASSIGNMENT.matcher(argument);
            if (assignment.matches() && isSecret(assignment.group(1), assignment.group(2))) {
                return Optional.of(assignment.group(1));
            }
            if (argument.startsWith("--")
                    && i + 1 < arguments.size()
                    && !arguments.get(i + 1).startsWith("-")
                    && isSecret(argument.substring(2), arguments.get(i + 1))) {
                return Optional.of(argument);
            }
            if (isSecret("", argument)) {
                return Optional.of("a password in " + (assignment.matches() ? assignment.group(1) : "an address"));
            }
        }
        return Optional.empty();
    }

    /** Whether a value is a secret, by its name or by itself. */
    static boolean isSecret(String name, String value) {
        String text = value.strip().replaceAll("^[\"']|[\"',]+$", "");
        if (CREDENTIALS_IN_URL.matcher(text).find()
                || PASSWORD_IN_TEXT.matcher(text).find()
                || PRIVATE_KEY.matcher(text).find()) {
            return true;
        }
        return Secrets.isSecret(name)
                && !POINTER.matcher(name).matches()
                && !HARMLESS.contains(text)
                && !text.contains(Secrets.REDACTED)
                && !text.startsWith("$")
                && !SecretReferences.isReference(text)
                && !text.startsWith("{")
                && !text.startsWith("[");
    }

    private static void files(Patient patient, Report report) throws IOException {
        Set<Path> files = new LinkedHashSet<>(patient.files());
        if (patient.flinkConfiguration() != null) {
            files.add(patient.flinkConfiguration().file());
        }
        if (patient.cluster() != null) {
            Path jobs = patient.cluster().directory().resolve("jobs");
            if (Files.isDirectory(jobs)) {
                try (Stream<Path> entries = Files.list(jobs)) {
                    entries.filter(Files::isRegularFile).sorted().forEach(files::add);
                }
            }
        }
        if (files.isEmpty()) {
            throw new NotApplicable("no configuration file is known (--config, --flink-conf)");
        }
        for (Path file : files) {
            if (!Files.isRegularFile(file) || !isOpen(file)) {
                continue;
            }
            String secret = secretIn(file);
            if (secret != null) {
                report.add(
                        Problem.SECRET_READABLE,
                        "a file that holds " + secret + " must be readable for its owner only, was for everybody",
                        file.toString());
            }
        }
    }

    private static boolean isOpen(Path file) throws IOException {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (UnsupportedOperationException e) {
            throw new NotApplicable("this file system knows no permissions of others");
        }
    }

    private static @Nullable String secretIn(Path file) throws IOException {
        for (String line :
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList()) {
            Matcher assignment = ASSIGNMENT.matcher(line);
            if (line.strip().startsWith("#") || !assignment.matches()) {
                continue;
            }
            if (isSecret(assignment.group(1), assignment.group(2))) {
                return assignment.group(1);
            }
        }
        return null;
    }

    private static void runs(Patient patient, Report report) throws IOException {
        if (patient.lakes().isEmpty()) {
            throw new NotApplicable("no lake is known (--lake)");
        }
        for (Path lake : patient.lakes()) {
            List<Path> files = new ArrayList<>();
            Path runs = lake.resolve("runs");
            if (Files.isDirectory(runs)) {
                try (Stream<Path> entries = Files.list(runs)) {
                    entries.map(run -> run.resolve("run.json"))
                            .filter(Files::isRegularFile)
                            .sorted()
                            .forEach(files::add);
                }
            }
            for (Path file : files) {
                String secret = shown(JsonTree.parse(Files.readAllBytes(file)));
                if (secret != null) {
                    report.add(Problem.SECRET_IN_RUN, "run.json must hold no secret, holds " + secret, file.toString());
                }
            }
        }
    }

    /** The name of a field, at any depth, that shows a secret. */
    private static @Nullable String shown(JsonTree tree) {
        for (Map.Entry<String, JsonTree> field : tree.fields().entrySet()) {
            if (isSecret(field.getKey(), field.getValue().text())) {
                return field.getKey();
            }
        }
        for (JsonTree item : tree.items()) {
            String below = shown(item);
            if (below != null) {
                return below;
            }
        }
        return null;
    }

    private static void rest(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        for (JsonTree entry : flink.get("/jobmanager/config").items()) {
            if (isSecret(entry.at("key").text(), entry.at("value").text())) {
                report.add(
                        Problem.SECRET_IN_REST,
                        "Flink must not show " + entry.at("key").text() + ", does",
                        flink.address() + "/jobmanager/config");
            }
        }
        for (Flink.Job job : flink.jobs()) {
            String secret = shown(flink.get("/jobs/" + job.id() + "/config"));
            if (secret != null) {
                report.add(
                        Problem.SECRET_IN_REST,
                        "Flink must not show " + secret + ", does",
                        flink.address() + "/jobs/" + job.id() + "/config");
            }
        }
    }
}
