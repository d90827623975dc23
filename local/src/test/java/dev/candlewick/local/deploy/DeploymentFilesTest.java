package dev.candlewick.local.deploy;

import static dev.candlewick.local.deploy.YamlFiles.at;
import static dev.candlewick.local.deploy.YamlFiles.find;
import static dev.candlewick.local.deploy.YamlFiles.list;
import static dev.candlewick.local.deploy.YamlFiles.map;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.candlewick.jobs.config.CommandLineArguments;
import dev.candlewick.jobs.streaming.StreamingJob;
import dev.candlewick.local.Main;
import dev.candlewick.local.cli.CliContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.GlobalConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/**
 * Dockerfile, docker-compose.yml and k8s/ against each other and the rest: one source for versions, configuration that Flink
 * and the job take, nothing open that must be closed.
 *
 * <p>The part of {@code k8s/job/flink-deployment.yaml} that comes from {@code conf/} is written again by {@code mvn -pl local
 * -am test -Dtest=DeploymentFilesTest -Dcandlewick.deployment.write=true}.
 */
final class DeploymentFilesTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    private static final Path DEPLOYMENT = ROOT.resolve("k8s/job/flink-deployment.yaml");

    /** What runs in a container of the image and may be written there: entrypoint.sh names the same. */
    private static final Set<String> WRITABLE = Set.of("/tmp", "/var/lib/candlewick/home");

    private static final Set<String> OF_FLINK = Set.of("/opt/flink/log", "/tmp", "/var/lib/candlewick/work");

    /** Images that are built to run without root, and whose user's number is the image's own matter. */
    private static final Set<String> WITHOUT_ROOT = Set.of("apache/kafka", "ghcr.io/kafbat/kafka-ui");

    /** Keys that the operator sets by itself, from resources, pods and names. */
    private static final List<String> OF_THE_OPERATOR = List.of(
            "jobmanager.rpc.",
            "jobmanager.bind-host",
            "jobmanager.memory.process.size",
            "taskmanager.host",
            "taskmanager.bind-host",
            "taskmanager.memory.process.size",
            "rest.address",
            "rest.bind-address",
            "rest.bind-port",
            "high-availability.");

    /** What a service of Compose may have, of what these files use; a key with a typo would be refused only at a start. */
    private static final Set<String> SERVICE_KEYS = Set.of(
            "build",
            "cap_drop",
            "command",
            "depends_on",
            "environment",
            "healthcheck",
            "image",
            "logging",
            "mem_limit",
            "ports",
            "profiles",
            "read_only",
            "restart",
            "security_opt",
            "tmpfs",
            "user",
            "volumes");

    private final Map<String, Object> compose;
    private final String version;
    private final String flink;
    private final String kafka;

    DeploymentFilesTest() throws IOException {
        compose = YamlFiles.documents(ROOT.resolve("docker-compose.yml")).get(0);
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        version = first(pom, "<artifactId>candlewick</artifactId>\\s*<version>([^<]+)</version>");
        flink = first(pom, "<flink.version>([^<]+)<");
        kafka = first(pom, "<kafka.version>([^<]+)<");
    }

    @Test
    void versionsComeFromThePom() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path file : files()) {
            String text = Files.readString(file);
            expect(wrong, file, text, "candlewick(?:-(?:jobs|local))?[-:]([0-9]+\\.[0-9]+\\.[0-9]+)", version);
            expect(wrong, file, text, "(?:newTag: |image\\.version=\")([0-9]+\\.[0-9]+\\.[0-9]+)", version);
            expect(wrong, file, text, "(?:FLINK_VERSION=|image: flink:)([0-9.]+[0-9])", flink);
            expect(wrong, file, text, "apache/kafka:([0-9.]+[0-9])", kafka);
        }
        assertThat(wrong).isEmpty();
        assertThat(at(deployment(), "spec/flinkVersion"))
                .isEqualTo("v" + flink.replaceFirst("\\.[0-9]+$", "").replace('.', '_'));
    }

    @Test
    void everyServiceIsClosedPinnedAndWatched() {
        List<String> problems = new ArrayList<>();
        Set<String> profiles = new TreeSet<>();
        Map<String, Object> services = map(compose.get("services"));
        services.forEach((name, service) -> {
            profiles.addAll(strings(find(service, "profiles")));
            for (String key : map(service).keySet()) {
                if (!SERVICE_KEYS.contains(key)) {
                    problems.add(name + " has a key that Compose may not know: " + key);
                }
            }
            String image = (String) at(service, "image");
            if (!image.matches(".+:v?[0-9]+\\.[0-9]+\\.[0-9]+")) {
                problems.add(name + " must have a full version, was " + image);
            }
            String repository = image.replaceFirst(":.*", "");
            Object user = find(service, "user");
            if (user == null
                    ? !WITHOUT_ROOT.contains(repository)
                    : user.toString().startsWith("0")) {
                problems.add(name + " may run as root");
            }
            if (!Boolean.TRUE.equals(find(service, "read_only"))
                    || !strings(find(service, "cap_drop")).equals(List.of("ALL"))
                    || !strings(find(service, "security_opt")).contains("no-new-privileges:true")) {
                problems.add(name + " is not closed");
            }
            for (String port : strings(find(service, "ports"))) {
                if (!port.startsWith("127.0.0.1:")) {
                    problems.add(name + " opens a port to the network: " + port);
                }
            }
            boolean once = "no".equals(find(service, "restart"));
            if (!once && find(service, "healthcheck/test") == null) {
                problems.add(name + " has no health check");
            }
            map(find(service, "depends_on")).forEach((other, on) -> {
                Object needed = find(on, "condition");
                Object otherService = services.get(other);
                boolean right = "service_healthy".equals(needed)
                        ? find(otherService, "healthcheck/test") != null
                        : "service_completed_successfully".equals(needed) && "no".equals(find(otherService, "restart"));
                if (!right) {
                    problems.add(name + " depends on " + other + ", which never gets " + needed);
                }
            });
            for (String volume : strings(find(service, "volumes"))) {
                String source = volume.replaceFirst(":.*", "");
                if (source.startsWith("./")
                        ? !Files.exists(ROOT.resolve(source))
                        : !volumes().contains(source)) {
                    problems.add(name + " mounts what there is not: " + volume);
                }
            }
        });
        assertThat(problems).isEmpty();
        assertThat(profiles).containsExactly("core", "observability", "sim", "tools");
    }

    @Test
    void everyPathThatTheImageWritesIsWritableInEveryContainer() {
        List<String> problems = new ArrayList<>();
        map(compose.get("services")).forEach((name, service) -> {
            if (!at(service, "image").toString().startsWith("candlewick:")) {
                return;
            }
            Set<String> writable = new HashSet<>();
            strings(find(service, "tmpfs")).forEach(mount -> writable.add(mount.replaceFirst(":.*", "")));
            strings(find(service, "volumes")).forEach(mount -> writable.add(mount.split(":")[1]));
            needed(problems, name, strings(find(service, "command")), writable);
        });
        assertThat(problems).isEmpty();
    }

    @Test
    void everyCommandIsOneThatIsTaken() {
        List<String> problems = new ArrayList<>();
        int commands = 0;
        for (Map.Entry<String, Object> service : map(compose.get("services")).entrySet()) {
            if (at(service.getValue(), "image").toString().startsWith("candlewick:")) {
                commands++;
                check(problems, service.getKey(), strings(find(service.getValue(), "command")));
            }
        }
        for (Map<String, Object> pod : pods()) {
            List<String> arguments = strings(find(pod, "containers/0/args"));
            if (!arguments.isEmpty() && isOurs(pod)) {
                commands++;
                check(problems, at(pod, "containers/0/name").toString(), arguments);
            }
        }
        assertThat(problems).isEmpty();
        assertThat(commands).isGreaterThan(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"job", "plain", "overlays/bluegreen"})
    void everyConfigurationOfAJobResolves(String folder) {
        Path file = ROOT.resolve("k8s").resolve(folder).resolve("candlewick.yaml");
        assertThat(StreamingJob.resolve(CommandLineArguments.parse("--config", file.toString()), Map.of()))
                .isNotNull();
    }

    @Test
    void flinksConfigurationUnderTheOperatorIsThatOfConf() throws Exception {
        Path conf = Files.createTempDirectory("candlewick-deployment");
        StringBuilder block = new StringBuilder();
        try {
            assertThat(commands().execute("cluster", "conf", "--profile", "container", "--to", conf.toString()))
                    .isZero();
            Configuration configuration = GlobalConfiguration.loadConfiguration(conf.toString());
            new TreeMap<>(configuration.toMap()).forEach((key, value) -> {
                if (OF_THE_OPERATOR.stream().noneMatch(key::startsWith)) {
                    block.append("    ")
                            .append(key)
                            .append(": \"")
                            .append(value.replace("\"", "\\\""))
                            .append("\"\n");
                }
            });
        } finally {
            try (Stream<Path> files = Files.walk(conf)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
        String text = Files.readString(DEPLOYMENT);
        Matcher matcher =
                Pattern.compile("(?s)( +# begin [^\n]*\n)(.*?)( +# end\n)").matcher(text);
        assertThat(matcher.find()).isTrue();
        if (Boolean.getBoolean("candlewick.deployment.write")) {
            Files.writeString(DEPLOYMENT, text.substring(0, matcher.start(2)) + block + text.substring(matcher.end(2)));
        } else {
            assertThat(matcher.group(2))
                    .as("run with -Dcandlewick.deployment.write=true to write it again")
                    .isEqualTo(block.toString());
        }
        assertThat(map(at(deployment(), "spec/flinkConfiguration"))).containsKey("execution.checkpointing.dir");
    }

    @Test
    void podsAreClosedAndHaveTheirPlaces() {
        List<String> problems = new ArrayList<>();
        List<Map<String, Object>> pods = pods();
        for (Map<String, Object> pod : pods) {
            String name = at(pod, "containers/0/name").toString();
            Object container = at(pod, "containers/0");
            if (!Boolean.TRUE.equals(find(pod, "securityContext/runAsNonRoot"))
                    || !"RuntimeDefault".equals(find(pod, "securityContext/seccompProfile/type"))
                    || !Boolean.TRUE.equals(find(container, "securityContext/readOnlyRootFilesystem"))
                    || !Boolean.FALSE.equals(find(container, "securityContext/allowPrivilegeEscalation"))
                    || !List.of("ALL").equals(find(container, "securityContext/capabilities/drop"))) {
                problems.add(name + " is not closed");
            }
            boolean ofFlink = name.matches("flink-main-container|jobmanager|taskmanager");
            if (!ofFlink && find(container, "resources/limits/memory") == null) {
                problems.add(name + " has no limit of memory");
            }
            if (!ofFlink && !Boolean.FALSE.equals(find(pod, "automountServiceAccountToken"))) {
                problems.add(name + " gets a token of the cluster that it does not need");
            }
            Set<String> volumes = new HashSet<>();
            list(find(pod, "volumes"))
                    .forEach(volume -> volumes.add(at(volume, "name").toString()));
            Set<String> writable = new HashSet<>();
            for (Object mount : list(find(container, "volumeMounts"))) {
                if (!volumes.remove(at(mount, "name").toString())) {
                    problems.add(name + " mounts what there is not: " + mount);
                }
                if (!Boolean.TRUE.equals(find(mount, "readOnly"))) {
                    writable.add(at(mount, "mountPath").toString());
                }
            }
            if (!volumes.isEmpty()) {
                problems.add(name + " has volumes that it does not use: " + volumes);
            }
            if (!isOurs(pod)) {
                continue;
            }
            needed(problems, name, ofFlink ? List.of("/flink") : strings(find(container, "args")), writable);
        }
        assertThat(problems).isEmpty();
        assertThat(pods).hasSize(7);
    }

    @Test
    void whatTheNightLeavesIsReadByAnExporterThatPrometheusFindsAndReaches() throws IOException {
        Path base = ROOT.resolve("k8s/base");
        Object night =
                at(YamlFiles.documents(base.resolve("nightly.yaml")).get(0), "spec/jobTemplate/spec/template/spec");
        Map<String, Object> deployment =
                YamlFiles.documents(base.resolve("metrics.yaml")).get(0);
        Object exporter = at(deployment, "spec/template/spec");
        String written = list(at(night, "containers/0/env")).stream()
                .filter(variable -> at(variable, "name").equals("METRICS"))
                .map(variable -> at(variable, "value").toString())
                .findFirst()
                .orElseThrow();
        String read = strings(at(exporter, "containers/0/args")).stream()
                .filter(argument -> argument.startsWith("--collector.textfile.directory="))
                .map(argument -> argument.replaceFirst(".*=", ""))
                .findFirst()
                .orElseThrow();
        assertThat(claim(night, written)).isEqualTo(claim(exporter, read)).isEqualTo("candlewick-metrics");
        // The user who wrote it, since nobody else need be able to read it.
        assertThat(at(exporter, "securityContext/runAsUser")).isEqualTo(at(night, "securityContext/runAsUser"));
        // Nothing of the node, which the restricted standard forbids.
        assertThat(exporter.toString()).doesNotContain("hostPath", "hostNetwork", "hostPID");
        // The same exporter with the same collectors as under Compose.
        Object composed = at(compose, "services/node-exporter");
        assertThat(at(exporter, "containers/0/image")).isEqualTo(at(composed, "image"));
        assertThat(strings(at(exporter, "containers/0/args"))).containsAll(strings(at(composed, "command")));

        Map<String, Object> labels = map(at(deployment, "spec/template/metadata/labels"));
        assertThat(labels).isEqualTo(map(at(deployment, "spec/selector/matchLabels")));
        Object monitor = named(base.resolve("pod-monitor.yaml"), "candlewick-metrics");
        assertThat(map(at(monitor, "spec/selector/matchLabels"))).isEqualTo(labels);
        assertThat(at(monitor, "spec/podMetricsEndpoints/0/port")).isEqualTo(at(exporter, "containers/0/ports/0/name"));
        Object policy = named(base.resolve("network-policy.yaml"), "candlewick-metrics");
        assertThat(map(at(policy, "spec/podSelector/matchLabels"))).isEqualTo(labels);
        assertThat(at(policy, "spec/ingress/0/ports/0/port"))
                .isEqualTo(at(exporter, "containers/0/ports/0/containerPort"));
    }

    private static Object named(Path file, String name) throws IOException {
        return YamlFiles.documents(file).stream()
                .filter(document -> at(document, "metadata/name").equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The claim that a pod's first container has mounted at a path. */
    private static String claim(Object pod, String path) {
        String volume = list(at(pod, "containers/0/volumeMounts")).stream()
                .filter(mount -> at(mount, "mountPath").equals(path))
                .map(mount -> at(mount, "name").toString())
                .findFirst()
                .orElseThrow();
        return list(at(pod, "volumes")).stream()
                .filter(mounted -> at(mounted, "name").equals(volume))
                .map(mounted -> at(mounted, "persistentVolumeClaim/claimName").toString())
                .findFirst()
                .orElseThrow();
    }

    @Test
    void claimsThatAreUsedExist() throws IOException {
        Set<String> claims = new HashSet<>();
        for (Map<String, Object> document : YamlFiles.documents(ROOT.resolve("k8s/base/volumes.yaml"))) {
            claims.add(at(document, "metadata/name").toString());
        }
        for (Map<String, Object> pod : pods()) {
            for (Object volume : list(find(pod, "volumes"))) {
                Object claim = find(volume, "persistentVolumeClaim/claimName");
                if (claim != null) {
                    assertThat(claims).contains(claim.toString());
                }
            }
        }
    }

    @Test
    void greenSharesNothingWithBlueThatTwoJobsMustNotShare() throws IOException {
        assertThat(ROOT.resolve("k8s/overlays/bluegreen/names.yaml"))
                .hasSameTextualContentAs(ROOT.resolve("k8s/job/names.yaml"));
        Map<String, Object> blue =
                YamlFiles.documents(ROOT.resolve("k8s/job/candlewick.yaml")).get(0);
        Map<String, Object> green = YamlFiles.documents(ROOT.resolve("k8s/overlays/bluegreen/candlewick.yaml"))
                .get(0);
        for (String key : List.of("kafka.group.id", "kafka.transactional-id-prefix", "topic.prefix", "output.lake")) {
            assertThat(green.get(key)).as(key).isNotNull().isNotEqualTo(blue.get(key));
        }
        Object own = at(
                YamlFiles.documents(ROOT.resolve("k8s/overlays/bluegreen/flink-deployment.yaml"))
                        .get(0),
                "spec/flinkConfiguration");
        Map<String, Object> shared = map(at(deployment(), "spec/flinkConfiguration"));
        for (String key : List.of(
                "execution.checkpointing.dir",
                "execution.checkpointing.savepoint-dir",
                "high-availability.storageDir")) {
            assertThat(map(own).get(key)).as(key).isNotNull().isNotEqualTo(shared.get(key));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/dev", "overlays/prod", "overlays/bluegreen", "plain"})
    void kustomizePutsItTogether(String folder) throws Exception {
        Path kubectl = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(directory -> Path.of(directory, "kubectl"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        assumeThat(kubectl)
                .as("kubectl on the PATH, which puts manifests together")
                .isNotNull();
        Process process = new ProcessBuilder(
                        kubectl.toString(),
                        "kustomize",
                        ROOT.resolve("k8s").resolve(folder).toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
        Set<String> configMaps = new HashSet<>();
        Set<String> used = new TreeSet<>();
        for (Map<String, Object> document : YamlFiles.documents(text)) {
            assertThat(at(document, "metadata/namespace").toString()).startsWith("candlewick");
            if (document.get("kind").equals("ConfigMap")) {
                configMaps.add(at(document, "metadata/name").toString());
            }
        }
        Matcher matcher = Pattern.compile("configMap(?:KeyRef)?:\n(?: +key: .*\n)? +name: (\\S+)")
                .matcher(text);
        while (matcher.find()) {
            used.add(matcher.group(1));
        }
        assertThat(used).isNotEmpty().isSubsetOf(configMaps);
        assertThat(text).doesNotContainPattern("image: candlewick(\\s|$)");
    }

    /** A container of the image must have these places: of Flink more than of a command. */
    private static void needed(List<String> problems, String name, List<String> command, Set<String> writable) {
        boolean flink = !command.isEmpty() && command.get(0).matches("job|taskmanager|/flink");
        Set<String> needed = new TreeSet<>(flink ? OF_FLINK : WRITABLE);
        if (flink) {
            needed.add("/var/lib/candlewick/state");
            needed.add("/var/lib/candlewick/lake");
        }
        needed.removeAll(writable);
        if (!needed.isEmpty()) {
            problems.add(name + " cannot write to " + needed);
        }
    }

    private static void check(List<String> problems, String name, List<String> command) {
        List<String> arguments = command;
        if (arguments.get(0).equals("taskmanager")) {
            return;
        }
        if (arguments.get(0).equals("job")) {
            List<String> options = new ArrayList<>(arguments.subList(1, arguments.size()));
            int config = options.indexOf("--config");
            if (config >= 0) {
                options.set(
                        config + 1, ROOT.resolve("k8s/plain/candlewick.yaml").toString());
            }
            try {
                StreamingJob.resolve(CommandLineArguments.parse(options.toArray(String[]::new)), Map.of());
            } catch (RuntimeException e) {
                problems.add(name + ": " + e.getMessage());
            }
            return;
        }
        try {
            commands().parseArgs(arguments.toArray(String[]::new));
        } catch (CommandLine.ParameterException e) {
            problems.add(name + ": " + e.getMessage());
        }
    }

    /** Whether a pod runs the image of this project. */
    private static boolean isOurs(Map<String, Object> pod) {
        Object image = find(pod, "containers/0/image");
        return image == null || image.toString().startsWith("candlewick");
    }

    private static CommandLine commands() {
        PrintStream nowhere = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
        return Main.commandLine(new CliContext(nowhere, nowhere, Map.of(), ROOT, ROOT, false));
    }

    /** The pods of all manifests, as what stands below spec. */
    private static List<Map<String, Object>> pods() {
        List<Map<String, Object>> pods = new ArrayList<>();
        try (Stream<Path> manifests = Files.walk(ROOT.resolve("k8s"))) {
            for (Path file : manifests
                    .filter(path -> path.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                for (Map<String, Object> document : YamlFiles.documents(file)) {
                    for (String path : List.of(
                            "spec/podTemplate/spec", "spec/template/spec", "spec/jobTemplate/spec/template/spec")) {
                        Object pod = find(document, path);
                        if (pod != null && find(pod, "containers") != null) {
                            pods.add(map(pod));
                        }
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return pods;
    }

    private static Map<String, Object> deployment() throws IOException {
        return YamlFiles.documents(DEPLOYMENT).get(0);
    }

    private Set<String> volumes() {
        return map(compose.get("volumes")).keySet();
    }

    private static List<String> strings(@Nullable Object value) {
        return list(value).stream().map(String::valueOf).toList();
    }

    private static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>(List.of(ROOT.resolve("Dockerfile"), ROOT.resolve("docker-compose.yml")));
        try (Stream<Path> manifests = Files.walk(ROOT.resolve("k8s"))) {
            manifests.filter(Files::isRegularFile).forEach(files::add);
        }
        return files;
    }

    private static void expect(List<String> wrong, Path file, String text, String pattern, String expected) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        while (matcher.find()) {
            if (!matcher.group(1).equals(expected)) {
                wrong.add(ROOT.relativize(file) + ": " + matcher.group() + ", and the POM has " + expected);
            }
        }
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }
}
