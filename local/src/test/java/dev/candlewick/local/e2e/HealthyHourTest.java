package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.Main;
import dev.candlewick.local.testing.OwnClassPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * A healthy run has nothing to warn of, and needs no more memory at its end than in its middle: {@code demo} as a user runs
 * it, broker, Flink, job and simulator in one process, watched from outside for so many seconds:
 *
 * <pre>mvn -pl local -am test -Dtest=HealthyHourTest -Dcandlewick.hour=3600 -Dsurefire.failIfNoSpecifiedTests=false</pre>
 *
 * <p>It costs about half a core. Each sample stands in {@code local/target/hour.csv}. The heap is what is alive behind a full
 * collection, which the histogram of classes asks for; native memory is what the JVM itself accounts for beside the heap; the
 * resident set holds both, and files that are mapped.
 *
 * <p>The broker in this process keeps samples of how long its requests take, for each kind of request (at most 1,028 values
 * in each of some 750 reservoirs, which take hours to fill: the library's ExponentiallyDecayingSample), and for a week or a day
 * the ids of transactions that have ended. Both are bounded, are Kafka's own, and lie in another process in production; what
 * their classes hold is measured by itself, and told beside the rest. The classes that grow most are named.
 *
 * <p>The slope is the least-squares line through the second half, when classes are loaded, code is compiled and the five
 * minutes of a rolling VWAP are held. What the line grows by within that half must stay below a bound: an hour's is that of
 * 30 minutes. A shorter run has the same bounds for a shorter half, so it sees only leaks that are faster.
 */
@EnabledIfSystemProperty(named = "candlewick.hour", matches = "[1-9][0-9]+")
@Timeout(value = 1, unit = TimeUnit.DAYS) // It ends by itself, after as long as the property says.
final class HealthyHourTest {
    private static final long SECONDS = Long.getLong("candlewick.hour", 3600);
    private static final int SAMPLES = 120;
    private static final long PERIOD_MILLIS_MIN = 2_000;
    private static final int CLASSES_SHOWN = 12;

    /** A collection leaves what weak references hold, and windows open and close: a sample lies within 2 MB of the line. */
    private static final double HEAP_GROWTH_MEGABYTES_MAX = 4;

    /** What only the broker has objects of in numbers: its reservoirs are skip lists of doubles. */
    private static final Set<String> BROKER = Set.of(
            "java.util.concurrent.ConcurrentSkipListMap$Node",
            "java.util.concurrent.ConcurrentSkipListMap$Index",
            "java.lang.Double",
            "org.apache.kafka.storage.internals.log.ProducerStateEntry",
            "org.apache.kafka.coordinator.transaction.TransactionMetadata");

    /** Code is compiled again with what was learned, and arenas of the allocator fill. */
    private static final double NATIVE_GROWTH_MEGABYTES_MAX = 16;

    /** Both, and pages of the broker's files that are mapped. */
    private static final double RESIDENT_GROWTH_MEGABYTES_MAX = 32;

    /** No thread is left behind: less than one in half a run, but for pools that breathe. */
    private static final double THREADS_GROWTH_MAX = 3;

    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+([0-9]+) kB$");
    /** A line of the histogram: rank, instances, bytes, class, and the module where it has one. */
    private static final Pattern CLASS = Pattern.compile("(?m)^ *[0-9]+: +[0-9]+ +([0-9]+) +(\\S+)");

    private static final Pattern TOTAL = Pattern.compile("Total: reserved=[0-9]+KB, committed=([0-9]+)KB");
    private static final Pattern HEAP = Pattern.compile("Java Heap \\(reserved=[0-9]+KB, committed=([0-9]+)KB\\)");
    /** Where the JVM accounts for direct buffers. */
    private static final Pattern OTHER = Pattern.compile("Other \\(reserved=[0-9]+KB, committed=([0-9]+)KB\\)");

    private static final Pattern THREADS = Pattern.compile("\\(threads? #([0-9]+)\\)");

    @TempDir
    private Path directory;

    /**
     * What a process held at one moment, in megabytes, the heap without the broker's part; seconds since the first sample.
     *
     * @param classes bytes by the name of a class
     */
    private record Sample(
            double seconds,
            double heap,
            double broker,
            double nativeMemory,
            double resident,
            double direct,
            long threads,
            Map<String, Long> classes) {}

    /** The least-squares line through some samples; the error is one standard deviation of its slope. */
    private record Line(double mean, double lengthSeconds, double slopePerSecond, double errorPerSecond) {
        double growth() {
            return slopePerSecond * lengthSeconds;
        }
    }

    @Test
    void warnsOfNothingAndNeedsNoMoreMemoryAtItsEnd() throws Exception {
        Path out = directory.resolve("out.txt");
        Path err = directory.resolve("err.txt");
        Process process = start(out, err);
        List<Sample> samples = new ArrayList<>();
        try {
            watch(process, samples);
            assertThat(process.waitFor(120, TimeUnit.SECONDS))
                    .as("the demo ends by itself")
                    .isTrue();
        } finally {
            process.destroyForcibly().waitFor();
        }
        write(samples);
        assertThat(process.exitValue()).as(Files.readString(err)).isZero();

        // Nothing but the lines of the command itself: each begins with a time or a space.
        List<String> foreign = Files.readAllLines(err).stream()
                .filter(line -> !line.isEmpty() && !line.startsWith("[") && !line.startsWith(" "))
                .toList();
        List<Sample> half = samples.subList(samples.size() / 2, samples.size());
        assertThat(half).as("samples of the second half").hasSizeGreaterThanOrEqualTo(10);
        double heap = growth("heap behind a collection", half, Sample::heap);
        growth("the broker's samples", half, Sample::broker);
        double nativeMemory = growth("native memory", half, Sample::nativeMemory);
        double resident = growth("resident set", half, Sample::resident);
        growth("direct buffers", half, Sample::direct);
        double threads = growth("threads", half, Sample::threads);
        growthByClass(half);
        System.out.println("lines that warn: " + foreign.size());

        assertThat(foreign).as("warnings").isEmpty();
        assertThat(heap).as("growth of the heap, MB").isLessThan(HEAP_GROWTH_MEGABYTES_MAX);
        assertThat(nativeMemory).as("growth of native memory, MB").isLessThan(NATIVE_GROWTH_MEGABYTES_MAX);
        assertThat(resident).as("growth of the resident set, MB").isLessThan(RESIDENT_GROWTH_MEGABYTES_MAX);
        assertThat(threads).as("growth of threads").isLessThan(THREADS_GROWTH_MAX);
    }

    private Process start(Path out, Path err) throws IOException {
        String root = System.getProperty("candlewick.root");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of(root, "conf", "java17.args"),
                // As the launcher.
                "-Dfile.encoding=UTF-8",
                "-XX:+UseParallelGC",
                "-XX:NativeMemoryTracking=summary",
                "-Djava.io.tmpdir=" + Files.createDirectory(directory.resolve("tmp")),
                "-Dcandlewick.root=" + root,
                "-cp",
                OwnClassPath.absolute(),
                Main.class.getName(),
                "demo",
                "--headless",
                "--for",
                SECONDS + "s",
                "-o",
                "json"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("CANDLEWICK_"));
        return builder.start();
    }

    /** Samples until the process has nearly run for its time, so that none falls into its end. */
    private static void watch(Process process, List<Sample> samples) throws Exception {
        long period = Math.max(PERIOD_MILLIS_MIN, TimeUnit.SECONDS.toMillis(SECONDS) / SAMPLES);
        long start = System.nanoTime();
        while (System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS)) {
            if (process.waitFor(period, TimeUnit.MILLISECONDS)) {
                return;
            }
            Map<String, Long> classes = classes(jcmd(process, "GC.class_histogram"));
            double broker = bytes(classes, BROKER::contains) * 1e-6;
            String accounted = jcmd(process, "VM.native_memory", "summary", "scale=KB");
            samples.add(new Sample(
                    (System.nanoTime() - start) / 1e9,
                    bytes(classes, name -> true) * 1e-6 - broker,
                    broker,
                    (sum(TOTAL, accounted) - sum(HEAP, accounted)) * 1.024e-3,
                    sum(RESIDENT, Files.readString(Path.of("/proc", Long.toString(process.pid()), "status")))
                            * 1.024e-3,
                    sum(OTHER, accounted) * 1.024e-3,
                    sum(THREADS, accounted),
                    classes));
        }
    }

    private static String jcmd(Process process, String... question) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(), Long.toString(process.pid())));
        command.addAll(List.of(question));
        Process asked = new ProcessBuilder(command).redirectErrorStream(true).start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What the objects of each class take; of classes of one name, in loaders of their own, together. */
    private static Map<String, Long> classes(String histogram) {
        assertThat(histogram).containsPattern(CLASS);
        return CLASS.matcher(histogram)
                .results()
                .collect(Collectors.toMap(
                        line -> line.group(2).replaceFirst("[$+/]0x[0-9a-f]+.*", ""),
                        line -> Long.parseLong(line.group(1)),
                        Long::sum));
    }

    private static long bytes(Map<String, Long> classes, Predicate<String> which) {
        return classes.entrySet().stream()
                .filter(entry -> which.test(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .sum();
    }

    /** The numbers that a pattern finds in what the process told, added up. */
    private static long sum(Pattern pattern, String text) {
        assertThat(text).containsPattern(pattern);
        return pattern.matcher(text)
                .results()
                .mapToLong(result -> Long.parseLong(result.group(1)))
                .sum();
    }

    /** What the line through the samples grows by from the first to the last of them; told. */
    private static double growth(String what, List<Sample> samples, ToDoubleFunction<Sample> value) {
        Line line = line(samples, value);
        System.out.println(String.format(
                Locale.ROOT,
                "%-24s mean %8.1f, growth %+7.2f within %.0f s, slope %+8.2f an hour ± %.2f",
                what,
                line.mean(),
                line.growth(),
                line.lengthSeconds(),
                line.slopePerSecond() * 3600,
                2 * line.errorPerSecond() * 3600));
        return line.growth();
    }

    /** Tells which classes the heap grows or shrinks by. */
    private static void growthByClass(List<Sample> samples) {
        Map<String, Line> lines = samples.stream()
                .flatMap(sample -> sample.classes().keySet().stream())
                .distinct()
                .collect(Collectors.toMap(
                        name -> name,
                        name -> line(samples, sample -> sample.classes().getOrDefault(name, 0L) * 1e-6)));
        lines.entrySet().stream()
                .sorted(Comparator.comparingDouble(
                        entry -> -Math.abs(entry.getValue().growth())))
                .limit(CLASSES_SHOWN)
                .forEach(entry -> System.out.println(String.format(
                        Locale.ROOT,
                        "  %-70s mean %8.3f, growth %+7.3f ± %.3f",
                        entry.getKey(),
                        entry.getValue().mean(),
                        entry.getValue().growth(),
                        2 * entry.getValue().errorPerSecond() * entry.getValue().lengthSeconds())));
    }

    private static Line line(List<Sample> samples, ToDoubleFunction<Sample> value) {
        double x = samples.stream().mapToDouble(Sample::seconds).average().orElseThrow();
        double y = samples.stream().mapToDouble(value).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        for (Sample sample : samples) {
            xy += (sample.seconds() - x) * (value.applyAsDouble(sample) - y);
            xx += (sample.seconds() - x) * (sample.seconds() - x);
        }
        double slope = xy / xx;
        double square = 0;
        for (Sample sample : samples) {
            double residual = value.applyAsDouble(sample) - y - slope * (sample.seconds() - x);
            square += residual * residual;
        }
        return new Line(
                y,
                samples.get(samples.size() - 1).seconds() - samples.get(0).seconds(),
                slope,
                Math.sqrt(square / (samples.size() - 2) / xx));
    }

    private static void write(List<Sample> samples) throws IOException {
        StringBuilder text = new StringBuilder("seconds,heap_mb,broker_mb,native_mb,resident_mb,direct_mb,threads\n");
        for (Sample sample : samples) {
            text.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.2f,%.2f,%.2f,%.2f,%.2f,%d%n",
                    sample.seconds(),
                    sample.heap(),
                    sample.broker(),
                    sample.nativeMemory(),
                    sample.resident(),
                    sample.direct(),
                    sample.threads()));
        }
        Path target = Path.of(System.getProperty("candlewick.root"), "local", "target", "hour.csv");
        Files.writeString(target, text);
    }
}
