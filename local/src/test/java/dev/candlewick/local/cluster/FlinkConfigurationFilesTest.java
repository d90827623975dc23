package dev.candlewick.local.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.jobs.streaming.StreamingStart;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.FallbackKey;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.logging.log4j.ThreadContext;
import org.apache.logging.log4j.core.LoggerContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The files below {@code conf}, as Flink itself reads them: a key with a typo would be ignored in silence. */
final class FlinkConfigurationFilesTest {
    private static final Path CONF = Path.of(System.getProperty("candlewick.root"), "conf");
    private static final FlinkConfigurationFiles FILES = new FlinkConfigurationFiles(CONF.getParent());

    /** Keys with a name of the user's in them, which no option has word for word. */
    private static final Map<String, String> NAMED = Map.of("metrics.reporter.prom.", "metrics.reporter.<name>.");

    /** What our reporter takes beyond what all reporters do; its own documentation, not an option of Flink's. */
    private static final List<String> PROMETHEUS = List.of("port", "filterLabelValueCharacters");

    @TempDir
    private Path directory;

    static List<String> profiles() {
        List<String> profiles = new ArrayList<>(FILES.profiles());
        assertThat(profiles).contains("demo", "local", "prod");
        return profiles;
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void everyKeyIsAnOptionOfFlinkAndEveryValueOneThatItTakes(String profile) throws Exception {
        Map<String, ConfigOption<?>> options = options();
        Configuration flink = load(profile);
        List<String> problems = new ArrayList<>();
        for (String key : flink.keySet()) {
            String known = key;
            boolean reporters = false;
            for (Map.Entry<String, String> named : NAMED.entrySet()) {
                if (key.startsWith(named.getKey())) {
                    reporters = PROMETHEUS.contains(key.substring(named.getKey().length()));
                    known = key.substring(named.getKey().length());
                }
            }
            ConfigOption<?> option = options.get(known);
            if (option == null && !reporters) {
                problems.add("no option of Flink's: " + key);
            } else if (option != null && known.equals(key)) {
                try {
                    flink.get(option);
                } catch (RuntimeException e) {
                    problems.add(key + ": " + e.getMessage());
                }
            }
        }
        assertThat(problems).as(profile).isEmpty();
        assertThat(flink.keySet()).hasSizeGreaterThan(40);
    }

    @Test
    void aKeyWithATypoIsFound() throws Exception {
        assertThat(options())
                .containsKeys("execution.checkpointing.interval", "taskmanager.jvm-exit-on-oom", "factory.class")
                .doesNotContainKeys("execution.checkpointing.intervall", "taskmanager.exit-on-oom");
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void whatTheJobSetsItselfHasNoOtherValueHere(String profile) throws Exception {
        ResolvedConfiguration defaults = StreamingJob.resolve(
                CommandLineArguments.parse(new String[] {"--kafka.bootstrap.servers", "localhost:1"}), Map.of());
        Configuration job = StreamingStart.flinkConfiguration(defaults);
        Configuration flink = load(profile);
        Map<String, ConfigOption<?>> options = options();
        Map<String, String> different = new TreeMap<>();
        int both = 0;
        for (String key : job.keySet()) {
            if (flink.containsKey(key)) {
                both++;
                ConfigOption<?> option = options.get(key);
                if (!job.get(option).equals(flink.get(option))) {
                    different.put(key, job.get(option) + " in the job, " + flink.get(option) + " in " + profile);
                }
            }
        }
        assertThat(different).isEmpty();
        assertThat(both).as("keys that both set").isGreaterThan(8);
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void theListForJava17IsThatOfEveryOtherProcess(String profile) throws IOException {
        List<String> all = Files.readAllLines(CONF.resolve("java17.args")).stream()
                .filter(line -> line.startsWith("--"))
                .toList();
        assertThat(Arrays.asList(
                        load(profile).get(CoreOptions.FLINK_JVM_OPTIONS).split("\\s+")))
                .isEqualTo(all);
    }

    @ParameterizedTest
    @MethodSource("profiles")
    void processesFitIntoTheMemoryThatTheyAreGiven(String profile) {
        Configuration flink = load(profile);
        assertThat(JobManagerProcessUtils.processSpecFromConfig(flink)
                        .getJvmHeapMemorySize()
                        .getMebiBytes())
                .isGreaterThan(200);
        var task = TaskExecutorProcessUtils.processSpecFromConfig(flink);
        assertThat(task.getTaskHeapSize().getMebiBytes()).as("heap of tasks").isGreaterThan(200);
        assertThat(task.getManagedMemorySize().getMebiBytes()).isGreaterThan(100);
    }

    @Test
    void productionIsClosedAndNothingIsForgiven() {
        Configuration prod = load("prod");
        assertThat(prod.get(RestOptions.BIND_ADDRESS)).isEqualTo("127.0.0.1");
        assertThat(prod.get(WebOptions.SUBMIT_ENABLE)).isFalse();
        assertThat(prod.get(WebOptions.CANCEL_ENABLE)).isFalse();
        assertThat(prod.get(RestOptions.ENABLE_FLAMEGRAPH)).isFalse();
        assertThat(prod.get(TaskManagerOptions.KILL_ON_OUT_OF_MEMORY)).isTrue();
        assertThat(prod.get(CheckpointingOptions.CHECKPOINTING_INTERVAL)).isEqualTo(Duration.ofSeconds(10));
        assertThat(prod.get(CheckpointingOptions.CHECKPOINTS_DIRECTORY)).startsWith("file:///");
    }

    @ParameterizedTest
    @ValueSource(strings = {"log4j.properties", "log4j-console.properties", "log4j-cli.properties"})
    void loggingFilesAreUnderstoodAndEveryFilterWorks(String name) throws Exception {
        Properties properties = new Properties();
        try (var in = Files.newInputStream(CONF.resolve(name))) {
            properties.load(in);
        }
        System.setProperty("log.file", directory.resolve("flink.log").toString());
        try (LoggerContext context = logging(CONF.resolve(name))) {
            assertThat(context.getConfiguration().getAppenders()).containsKey("rolling");
            var committer = context.getConfiguration()
                    .getLoggerConfig("org.apache.flink.connector.kafka.sink.internal.KafkaCommitter");
            assertThat(committer.hasFilter()).isTrue();
            context.getLogger("org.apache.flink.connector.kafka.sink.internal.KafkaCommitter")
                    .error("Unable to commit transaction (x), this most likely signals data loss.");
            context.getLogger("dev.candlewick.Any").error("a word");
        } finally {
            System.clearProperty("log.file");
        }
        assertThat(Files.readString(directory.resolve("flink.log")))
                .contains("a word")
                .doesNotContain("data loss");
        assertThat(properties.getProperty("rootLogger.level")).contains("INFO");
    }

    /** What a line does not say itself is taken from its thread: Flink names those of tasks. */
    @ParameterizedTest
    @CsvSource({
        "'Source: trades -> stamp (1/2)#0', 'Source: trades -> stamp'",
        "'Source Data Fetcher for [vertex-0]Source: trades -> stamp (12/16)#3', 'Source: trades -> stamp'",
        "'[vertex-12]market-data -> outlet -> (final-topics: Writer, lake (candles)) (1/1)#0', "
                + "'market-data -> outlet -> (final-topics: Writer, lake (candles))'",
        "jobmanager-io-thread-1, ''",
        "'main (1/2)', ''",
        "'flink-pekko.actor.default-dispatcher-4', ''",
    })
    void theOperatorsOfATaskAreThoseOfItsThread(String thread, String operator) throws Exception {
        Path conf = directory.resolve("json");
        FILES.write(conf, FILES.resolve("prod"), "json");
        Path log = directory.resolve("json.log");
        System.setProperty("log.file", log.toString());
        String name = Thread.currentThread().getName();
        try (LoggerContext context = logging(conf.resolve("log4j.properties"))) {
            Thread.currentThread().setName(thread);
            context.getLogger("dev.candlewick.Any").info("a word");
            ThreadContext.put("operator", "ledger");
            context.getLogger("dev.candlewick.Any").info("another");
        } finally {
            Thread.currentThread().setName(name);
            ThreadContext.clearMap();
            System.clearProperty("log.file");
        }
        List<String> lines = Files.readAllLines(log);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).contains("\"operator\":\"" + operator.replace("/", "\\/") + "\"");
        assertThat(lines.get(1)).contains("\"operator\":\"ledger\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"log4j.properties", "log4j-console.properties", "log4j-cli.properties"})
    void noMessageBreaksALineOfTheJsonLog(String name) throws Exception {
        Path conf = directory.resolve("json");
        FILES.write(conf, FILES.resolve("prod"), "json");
        Path log = directory.resolve("json.log");
        System.setProperty("log.file", log.toString());
        StringBuilder hostile = new StringBuilder("\"}\r\n{\"level\":\"ERROR\"} ${env:HOME} %n \\");
        for (char c = 0; c < 0x20; c++) {
            hostile.append(c);
        }
        try (LoggerContext context = logging(conf.resolve(name))) {
            ThreadContext.put("flink-job-id", "a\nb");
            for (String field : List.of("run", "operator", "feed", "source")) {
                ThreadContext.put(field, field + "\n\"");
            }
            ThreadContext.put("partition", "3");
            ThreadContext.put("offset", "4411");
            context.getLogger("dev.candlewick.Any").info("{}", hostile);
            context.getLogger("dev.candlewick.Any")
                    .info("failed", new IllegalStateException("x\n" + hostile, new RuntimeException("\r\n\tat x")));
        } finally {
            ThreadContext.clearMap();
            System.clearProperty("log.file");
        }
        List<String> lines = Files.readAllLines(log);
        assertThat(lines).hasSize(2).allMatch(line -> line.startsWith("{\"time\":\"") && line.endsWith("\"}"));
        List<String> messages = new ArrayList<>();
        for (String line : lines) {
            try (JsonParser parser = new JsonFactory().createParser(line)) {
                int depth = 0;
                String field = "";
                while (parser.nextToken() != null) {
                    depth = Math.max(depth, parser.getParsingContext().getNestingDepth());
                    if (parser.currentToken() == JsonToken.VALUE_STRING) {
                        field = parser.currentName();
                        if (field.equals("message")) {
                            messages.add(parser.getText());
                        } else if (field.equals("level")) {
                            assertThat(parser.getText()).isEqualTo("INFO");
                        } else if (field.equals("job_id")) {
                            assertThat(parser.getText()).isEqualTo("a\nb");
                        } else if (Set.of("run", "operator", "feed", "source").contains(field)) {
                            assertThat(parser.getText()).isEqualTo(field + "\n\"");
                        } else if (field.equals("partition")) {
                            assertThat(parser.getText()).isEqualTo("3");
                        } else if (field.equals("offset")) {
                            assertThat(parser.getText()).isEqualTo("4411");
                        }
                    }
                }
                assertThat(depth).isEqualTo(1);
            }
        }
        // What was said is what is read.
        assertThat(messages).containsExactly(hostile.toString(), "failed");
        assertThat(lines.get(1)).contains("Caused by: java.lang.RuntimeException");
    }

    @Test
    void aFormOfLogsThatThereIsNotIsRefused() {
        assertThatThrownBy(() -> FILES.write(directory.resolve("x"), Map.of(), "xml"))
                .hasMessageContaining("text or json, was xml");
    }

    private Configuration load(String profile) {
        Path conf = directory.resolve("conf-" + profile);
        FILES.write(conf, FILES.resolve(profile));
        return GlobalConfiguration.loadConfiguration(conf.toString());
    }

    /** Every option of Flink's on this class path, by key and by the keys that it also goes by. */
    private static Map<String, ConfigOption<?>> options() throws Exception {
        Map<String, ConfigOption<?>> options = new HashMap<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            String file = new File(entry).getName();
            if (!file.startsWith("flink-") || !file.endsWith(".jar")) {
                continue;
            }
            try (JarFile jar = new JarFile(entry);
                    Stream<JarEntry> classes = jar.stream()) {
                for (String name : classes.map(JarEntry::getName)
                        .filter(path -> path.matches("org/apache/flink/.*Options\\.class"))
                        .toList()) {
                    collect(name.substring(0, name.length() - ".class".length()).replace('/', '.'), options);
                }
            }
        }
        assertThat(options).hasSizeGreaterThan(300);
        return options;
    }

    /**
     * Logging as the file says, in a context of its own. The one that a process shares is made anew by whichever
     * thread asks first for a logger: with the tests' own file, where that is a thread that another test left.
     */
    private static LoggerContext logging(Path file) {
        LoggerContext context = new LoggerContext(file.getFileName().toString(), null, file.toUri());
        context.start();
        return context;
    }

    private static void collect(String name, Map<String, ConfigOption<?>> options) throws IllegalAccessException {
        Class<?> type;
        try {
            type = Class.forName(name);
        } catch (ClassNotFoundException | LinkageError e) {
            // Of a module whose dependencies are not here.
            return;
        }
        for (Field field : type.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())
                    && Modifier.isPublic(field.getModifiers())
                    && ConfigOption.class.isAssignableFrom(field.getType())
                    && field.trySetAccessible()) {
                ConfigOption<?> option = (ConfigOption<?>) field.get(null);
                options.put(option.key(), option);
                for (FallbackKey key : option.fallbackKeys()) {
                    options.putIfAbsent(key.getKey(), option);
                }
            }
        }
    }
}
