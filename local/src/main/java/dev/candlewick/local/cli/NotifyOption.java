package dev.candlewick.local.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The option {@code --notify}: tells a command or a web address how a run ended, whether well or not; one use.
 *
 * <p>A command declares it as a mixin, returns it from {@link CandlewickCommand#notification()}, and adds counts and
 * problems while it works. The summary is one JSON object: {@code command, started_at, ended_at, exit_code, exit, counts,
 * problems, report}. A hook that fails is a warning on standard error and never changes the exit code.
 */
public final class NotifyOption {
    private static final int PROBLEMS_MAX = 100;

    @Option(
            names = "--notify",
            paramLabel = "COMMAND|URL",
            description =
                    "At the end, hand a summary in JSON to this shell command's standard input, or POST it to this"
                            + " http or https address.")
    private @Nullable String target;

    @Option(
            names = "--notify-timeout",
            paramLabel = "SECONDS",
            defaultValue = "30",
            description = "How long the notification may take (default: ${DEFAULT-VALUE}).")
    private int timeoutSeconds = 30;

    private final Map<String, Long> counts = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();
    private long untold;
    private @Nullable Path report;

    /** Adds a number to the summary. */
    public void count(String name, long count) {
        counts.put(name, count);
    }

    /** Adds a line about something that is wrong; of many, the first 100 are told. */
    public void problem(String text) {
        if (problems.size() < PROBLEMS_MAX) {
            problems.add(text);
        } else {
            untold++;
        }
    }

    /** Names the file with the whole report. */
    public void report(Path file) {
        report = file;
    }

    /** Tells the end of a run, where the user asked for it. */
    void send(CliContext context, String command, Instant started, ExitCode exit) {
        String to = target;
        if (to == null) {
            return;
        }
        byte[] summary = (Output.json(summary(command, started, exit)) + "\n").getBytes(StandardCharsets.UTF_8);
        try {
            String problem = isAddress(to) ? post(to, summary) : call(context, to, summary);
            if (problem != null) {
                warn(context, problem);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            warn(context, "was interrupted");
        } catch (IOException | IllegalArgumentException e) {
            // The message may repeat the address, and with it a secret.
            warn(context, "could not be sent: " + e.getClass().getSimpleName());
        }
    }

    private Map<String, @Nullable Object> summary(String command, Instant started, ExitCode exit) {
        Map<String, @Nullable Object> summary = new LinkedHashMap<>();
        summary.put("command", command);
        summary.put("started_at", started.toString());
        summary.put("ended_at", Instant.now().toString());
        summary.put("exit_code", exit.code());
        summary.put("exit", exit.name());
        summary.put("counts", counts);
        List<String> told = new ArrayList<>(problems);
        if (untold > 0) {
            told.add("and " + untold + " more");
        }
        summary.put("problems", told);
        summary.put("report", report == null ? null : report.toString());
        return summary;
    }

    private static boolean isAddress(String target) {
        return target.startsWith("http://") || target.startsWith("https://");
    }

    private void warn(CliContext context, String what) {
        context.err().println("warning: the notification of " + shown(String.valueOf(target)) + " " + what);
    }

    /** The target without what may be a secret: of an address the host, of a command its first word. */
    static String shown(String target) {
        if (!isAddress(target)) {
            return "'" + target.strip().split("\\s+", 2)[0] + "'";
        }
        String rest = target.substring(target.indexOf("//") + 2);
        String authority = rest.split("[/?#]", 2)[0];
        return target.substring(0, target.indexOf("//") + 2) + authority.substring(authority.lastIndexOf('@') + 1);
    }

    private @Nullable String post(String address, byte[] body) throws IOException, InterruptedException {
        URI given = URI.create(address);
        String user = given.getRawUserInfo();
        String clean = user == null ? address : address.replaceFirst("//[^/?#]*@", "//");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(clean))
                .timeout(Duration.ofSeconds(timeoutSeconds))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (user != null) {
            String plain = java.net.URLDecoder.decode(user.replace("+", "%2B"), StandardCharsets.UTF_8);
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(plain.getBytes(StandardCharsets.UTF_8)));
        }
        HttpClient client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(timeoutSeconds))
                .build();
        int status = client.send(request.build(), HttpResponse.BodyHandlers.discarding())
                .statusCode();
        return status >= 200 && status < 300 ? null : "was answered with status " + status;
    }

    private @Nullable String call(CliContext context, String command, byte[] body)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder("sh", "-c", command)
                .directory(context.workingDirectory().toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Thread writer = new Thread(
                () -> {
                    try (OutputStream in = process.getOutputStream()) {
                        in.write(body);
                    } catch (IOException e) {
                        // A command need not read what it is told.
                    }
                },
                "candlewick-notify");
        writer.setDaemon(true);
        writer.start();
        if (!process.waitFor(timeoutSeconds, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            return "did not end within " + timeoutSeconds + " s";
        }
        return process.exitValue() == 0 ? null : "ended with exit code " + process.exitValue();
    }
}
