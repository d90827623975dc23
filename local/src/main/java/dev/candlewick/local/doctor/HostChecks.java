package dev.candlewick.local.doctor;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import dev.candlewick.jobs.streaming.StreamingStart;
import dev.candlewick.local.cli.CliContext;
import dev.candlewick.local.cli.PortClaim;
import dev.candlewick.local.cluster.ClusterState;
import dev.candlewick.local.doctor.Check.NotApplicable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.configuration.MemorySize;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/** Java, memory, limits, disks, ports and clocks of this machine. */
final class HostChecks {
    private static final int JAVA_FEATURE = 17;
    private static final long CLOCK_TOLERANCE_MILLIS = 2_000;
    private static final Pattern JAVA_VERSION = Pattern.compile("(?m)^JAVA_VERSION=\"(?:1\\.)?([0-9]+)[^\"]*\"");
    private static final Pattern OPEN_FILES = Pattern.compile("(?m)^Max open files\\s+([0-9]+|unlimited)\\s");
    private static final Set<String> FREE_PORT = Set.of("0");

    static final List<Check> ALL = List.of(
            new Check("host.java", "this Java, and that of JAVA_HOME", Set.of(Problem.JAVA_OLD), HostChecks::java),
            new Check(
                    "host.java-flags",
                    "env.java.opts.all of Flink's configuration",
                    Set.of(Problem.JAVA_FLAGS),
                    HostChecks::javaFlags),
            new Check(
                    "host.memory",
                    "process sizes of Flink's configuration, memory of this machine",
                    Set.of(Problem.MEMORY_SHORT),
                    HostChecks::memory),
            new Check(
                    "host.files",
                    "limits of this process and of the cluster's",
                    Set.of(Problem.FILE_LIMIT),
                    HostChecks::fileLimits),
            new Check(
                    "host.disk",
                    "free space where the home, checkpoints, working files and lakes lie",
                    Set.of(Problem.DISK_SHORT),
                    HostChecks::disk),
            new Check(
                    "host.inodes",
                    "free inodes of the same file systems (stat -f)",
                    Set.of(Problem.INODES_SHORT),
                    HostChecks::inodes),
            new Check(
                    "host.temporary",
                    "io.tmp.dirs and process.working-dir of Flink's configuration, and Java's own",
                    Set.of(Problem.TEMPORARY_DIRECTORY, Problem.TEMPORARY_CLEANED),
                    HostChecks::temporary),
            new Check(
                    "host.ports",
                    "ports of Flink's configuration, where no cluster runs",
                    Set.of(Problem.PORT_TAKEN),
                    HostChecks::ports),
            new Check(
                    "host.clock",
                    "the newest broker timestamps of the topics, and the JobManager's time, against this clock",
                    Set.of(Problem.CLOCK_SKEW),
                    HostChecks::clock));

    private HostChecks() {}

    private static void java(Patient patient, Report report) throws IOException {
        int own = Runtime.version().feature();
        if (own < JAVA_FEATURE) {
            report.add(
                    Problem.JAVA_OLD, "Java must be 17 or newer, was " + own, System.getProperty("java.home", "java"));
        }
        String home = patient.environment().getOrDefault("JAVA_HOME", "");
        if (home.isBlank()) {
            return;
        }
        Path release = Path.of(home, "release");
        if (!Files.isRegularFile(release)) {
            report.add(
                    Problem.JAVA_OLD,
                    "JAVA_HOME must be the directory of a JDK, has no file named release",
                    "JAVA_HOME=" + home);
            return;
        }
        Matcher version = JAVA_VERSION.matcher(Files.readString(release, StandardCharsets.ISO_8859_1));
        if (version.find() && Integer.parseInt(version.group(1)) < JAVA_FEATURE) {
            report.add(
                    Problem.JAVA_OLD,
                    "the Java of JAVA_HOME must be 17 or newer, was " + version.group(1),
                    "JAVA_HOME=" + home);
        }
    }

    private static void javaFlags(Patient patient, Report report) throws IOException {
        Patient.FlinkFile flink = patient.requireFlinkFile();
        Path list = root(patient).resolve("conf").resolve("java17.args");
        if (!Files.isRegularFile(list)) {
            throw new NotApplicable("no list of flags: " + list);
        }
        String given = flink.get("env.java.opts.all", "") + " " + flink.get("env.java.default-opts.all", "");
        Set<String> flags = Set.of(given.replaceAll("[\\r\\n]", " ").strip().split("\\s+"));
        List<String> missing = Files.readAllLines(list).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("--"))
                .filter(line -> !flags.contains(line))
                .toList();
        if (!missing.isEmpty()) {
            report.add(
                    Problem.JAVA_FLAGS,
                    "env.java.opts.all must hold every flag of conf/java17.args, lacked " + missing.size() + " ("
                            + missing.get(0) + (missing.size() > 1 ? ", …)" : ")"),
                    flink.file().toString());
        }
    }

    private static Path root(Patient patient) {
        Path root = patient.root();
        return root != null ? root : Path.of(System.getProperty(CliContext.ROOT_PROPERTY, "."));
    }

    private static void memory(Patient patient, Report report) {
        Patient.FlinkFile flink = patient.requireFlinkFile();
        long taskManagers = patient.cluster() == null
                ? 1
                : patient.cluster().processes().stream()
                        .filter(member -> member.name().startsWith("taskmanager"))
                        .count();
        long wanted = size(flink, "jobmanager.memory.process.size")
                + taskManagers * size(flink, "taskmanager.memory.process.size");
        if (wanted == 0) {
            throw new NotApplicable("the configuration names no process sizes (" + flink.file() + ")");
        }
        long there = ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getTotalMemorySize();
        if (wanted > there) {
            report.add(
                    Problem.MEMORY_SHORT,
                    "JobManager and " + taskManagers + " TaskManager(s) must fit into memory of " + bytes(there)
                            + ", were " + bytes(wanted),
                    flink.file() + ", jobmanager.memory.process.size and taskmanager.memory.process.size");
        }
    }

    private static long size(Patient.FlinkFile flink, String key) {
        String value = flink.get(key, "");
        try {
            return value.isBlank() ? 0 : MemorySize.parse(value).getBytes();
        } catch (IllegalArgumentException e) {
            throw new NotApplicable(key + " is no size: " + value + " (" + flink.file() + ")");
        }
    }

    static String bytes(long bytes) {
        return bytes >= 1L << 30 ? bytes / (1L << 30) + " GiB" : bytes / (1L << 20) + " MiB";
    }

    private static void fileLimits(Patient patient, Report report) throws IOException {
        long least = patient.limits().openFiles();
        List<ClusterState.Member> alive = patient.cluster() == null
                ? List.of()
                : patient.cluster().processes().stream()
                        .filter(member -> member.mark().isAlive())
                        .toList();
        if (!alive.isEmpty()) {
            for (ClusterState.Member member : alive) {
                Path limits = Path.of("/proc", Long.toString(member.mark().pid()), "limits");
                if (Files.isReadable(limits)) {
                    Matcher files = OPEN_FILES.matcher(Files.readString(limits));
                    if (files.find() && !files.group(1).equals("unlimited") && Long.parseLong(files.group(1)) < least) {
                        report.add(
                                Problem.FILE_LIMIT,
                                "a process of Flink must be allowed " + least + " open files, was allowed "
                                        + files.group(1),
                                member.name() + ", process " + member.mark().pid());
                    }
                }
            }
            return;
        }
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            if (unix.getMaxFileDescriptorCount() < least) {
                report.add(
                        Problem.FILE_LIMIT,
                        "a process must be allowed " + least + " open files, was allowed "
                                + unix.getMaxFileDescriptorCount(),
                        "ulimit -n");
            }
        } else {
            throw new NotApplicable("this system tells no limit of open files");
        }
    }

    /** Where something is written, and what. */
    private static Map<String, Path> directories(Patient patient) {
        Map<String, Path> all = new LinkedHashMap<>();
        all.put("home", patient.home());
        all.put("java.io.tmpdir", Path.of(System.getProperty("java.io.tmpdir", "/tmp")));
        checkpointDirectory(patient)
                .flatMap(HostChecks::local)
                .ifPresent(path -> all.put("checkpoint directory", path));
        Patient.FlinkFile flink = patient.flinkConfiguration();
        if (flink != null) {
            for (String key : List.of("io.tmp.dirs", "process.working-dir", "state.backend.rocksdb.localdir")) {
                for (Path path : paths(flink.get(key, ""))) {
                    all.put(key + (all.containsKey(key) ? " " + path : ""), path);
                }
            }
        }
        patient.lakes().forEach(lake -> all.put("lake " + lake, lake));
        return all;
    }

    /** The checkpoint directory of the job, else of the cluster, as a URI. */
    static Optional<String> checkpointDirectory(Patient patient) {
        Optional<String> own = patient.configuration() == null
                ? Optional.empty()
                : StreamingStart.checkpointDirectory(patient.configuration());
        return own.isPresent() || patient.flinkConfiguration() == null
                ? own
                : Optional.of(patient.flinkConfiguration().get("execution.checkpointing.dir", ""))
                        .filter(value -> !value.isBlank());
    }

    /** A URI's path on this machine; empty where it lies elsewhere. */
    static Optional<Path> local(String uri) {
        try {
            URI parsed = URI.create(uri);
            return parsed.getScheme() == null || parsed.getScheme().equals("file")
                    ? Optional.of(Path.of(parsed.getPath()))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<Path> paths(String list) {
        return Stream.of(list.split("[,:]", -1))
                .map(String::strip)
                .filter(text -> !text.isEmpty())
                .map(Path::of)
                .toList();
    }

    /** A path, or what of it exists already. */
    static Path existing(Path path) {
        Path at = path.toAbsolutePath().normalize();
        while (!Files.exists(at) && at.getParent() != null) {
            at = Objects.requireNonNull(at.getParent());
        }
        return at;
    }

    private static void disk(Patient patient, Report report) throws IOException {
        Set<FileStore> seen = new HashSet<>();
        for (Map.Entry<String, Path> directory : directories(patient).entrySet()) {
            Path path = existing(directory.getValue());
            FileStore store = Files.getFileStore(path);
            // A store of no size, such as /proc, holds nothing.
            if (store.getTotalSpace() > 0
                    && seen.add(store)
                    && store.getUsableSpace() < patient.limits().freeBytes()) {
                report.add(
                        Problem.DISK_SHORT,
                        "a disk must have " + bytes(patient.limits().freeBytes()) + " free, had "
                                + bytes(store.getUsableSpace()),
                        path + " (" + directory.getKey() + ")");
            }
        }
    }

    private static void inodes(Patient patient, Report report) throws IOException, InterruptedException {
        Set<FileStore> seen = new LinkedHashSet<>();
        for (Map.Entry<String, Path> directory : directories(patient).entrySet()) {
            Path path = existing(directory.getValue());
            if (!seen.add(Files.getFileStore(path))) {
                continue;
            }
            Process process;
            try {
                process = new ProcessBuilder("stat", "-f", "-c", "%c %d", path.toString())
                        .redirectErrorStream(true)
                        .start();
            } catch (IOException e) {
                throw new NotApplicable("this system has no stat command");
            }
            String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (!process.waitFor(2, TimeUnit.SECONDS) || !answer.matches("[0-9]+ [0-9]+")) {
                process.destroyForcibly();
                throw new NotApplicable("this system's stat tells no inodes");
            }
            long total = Long.parseLong(answer.substring(0, answer.indexOf(' ')));
            long free = Long.parseLong(answer.substring(answer.indexOf(' ') + 1));
            // Some file systems make inodes as they need them, and tell none.
            if (total > 0 && free < patient.limits().freeInodes()) {
                report.add(
                        Problem.INODES_SHORT,
                        "a file system must have " + patient.limits().freeInodes() + " inodes free, had " + free
                                + " of " + total,
                        path + " (" + directory.getKey() + ")");
            }
        }
    }

    private static void temporary(Patient patient, Report report) {
        Map<String, Path> directories = new TreeMap<>();
        Path own = Path.of(System.getProperty("java.io.tmpdir", "/tmp"))
                .toAbsolutePath()
                .normalize();
        directories.put("java.io.tmpdir", own);
        Patient.FlinkFile flink = patient.flinkConfiguration();
        if (flink != null) {
            paths(flink.get("io.tmp.dirs", "")).forEach(path -> directories.put("io.tmp.dirs " + path, path));
            paths(flink.get("process.working-dir", ""))
                    .forEach(path -> directories.put("process.working-dir " + path, path));
            List<String> cleaned = new ArrayList<>();
            for (String key : List.of("io.tmp.dirs", "process.working-dir")) {
                List<Path> set = paths(flink.get(key, ""));
                if (set.isEmpty() || set.contains(own)) {
                    cleaned.add(key);
                }
            }
            if (!cleaned.isEmpty()) {
                report.add(
                        Problem.TEMPORARY_CLEANED,
                        String.join(" and ", cleaned) + " must name a directory of their own, was " + own + " itself",
                        flink.file().toString());
            }
        }
        directories.forEach((name, path) -> {
            Path there = existing(path);
            if (!Files.isDirectory(there) || !Files.isWritable(there)) {
                report.add(
                        Problem.TEMPORARY_DIRECTORY,
                        "a temporary directory must be one that can be written, was "
                                + (Files.isDirectory(there) ? "one that cannot" : "the file " + there),
                        name + (flink == null || name.startsWith("java.") ? "" : " in " + flink.file()));
            }
        });
    }

    private static void ports(Patient patient, Report report) {
        Patient.FlinkFile flink = patient.requireFlinkFile();
        if (patient.cluster() != null) {
            throw new NotApplicable("the local cluster has its ports, and takes free ones when it starts");
        }
        if (patient.flink() != null) {
            throw new NotApplicable("a cluster runs and has its ports");
        }
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("rest.bind-port", flink.get("rest.bind-port", flink.get("rest.port", "8081")));
        wanted.put("jobmanager.rpc.port", flink.get("jobmanager.rpc.port", "6123"));
        flink.values().forEach((key, value) -> {
            if (key.matches("metrics\\.reporter\\..*\\.port")) {
                wanted.put(key, value);
            }
        });
        wanted.forEach((key, ports) -> {
            if (!FREE_PORT.contains(ports.strip()) && ports(ports).stream().noneMatch(PortClaim::isFree)) {
                report.add(Problem.PORT_TAKEN, key + " must name a free port, was " + ports, flink.file() + ", " + key);
            }
        });
    }

    private static List<Integer> ports(String text) {
        List<Integer> ports = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String[] ends = part.strip().split("-", -1);
            try {
                int last = Integer.parseInt(ends[ends.length - 1].strip());
                for (int port = Integer.parseInt(ends[0].strip()); port <= last; port++) {
                    ports.add(port);
                }
            } catch (NumberFormatException e) {
                throw new NotApplicable("ports are not numbers: " + text);
            }
        }
        return ports;
    }

    private static void clock(Patient patient, Report report) throws TimeoutException, InterruptedException {
        List<String> unknown = new ArrayList<>();
        try {
            jobManagerClock(patient, report);
        } catch (NotApplicable e) {
            unknown.add(String.valueOf(e.getMessage()));
        }
        try {
            brokerClock(patient, report);
        } catch (NotApplicable e) {
            unknown.add(String.valueOf(e.getMessage()));
        }
        if (unknown.size() == 2) {
            throw new NotApplicable(String.join("; ", unknown));
        }
    }

    private static void jobManagerClock(Patient patient, Report report) {
        Flink flink = patient.requireFlink();
        String job = flink.activeJobs().get(0).id();
        long before = patient.clock().millis();
        long now = flink.fresh("/jobs/" + job).at("now").number(-1);
        long after = patient.clock().millis();
        if (now >= 0 && (now < before - CLOCK_TOLERANCE_MILLIS || now > after + CLOCK_TOLERANCE_MILLIS)) {
            report.add(
                    Problem.CLOCK_SKEW,
                    "the JobManager's clock must agree with this one to " + CLOCK_TOLERANCE_MILLIS / 1000 + " s, was "
                            + (now - after) / 1000 + " s ahead",
                    flink.address());
        }
    }

    /** No request asks a broker for its time; but what it has stamped cannot lie ahead of a clock that is right. */
    private static void brokerClock(Patient patient, Report report) throws TimeoutException, InterruptedException {
        Kafka kafka = patient.requireKafka();
        Admin admin = kafka.admin();
        KafkaChecks.Topics topics = KafkaChecks.topics(patient);
        Map<TopicPartition, OffsetSpec> wanted = new LinkedHashMap<>();
        topics.descriptions().forEach((name, description) -> {
            if (KafkaChecks.LOG_APPEND_TIME.equals(topics.setting(name, "message.timestamp.type"))) {
                description
                        .partitions()
                        .forEach(partition ->
                                wanted.put(new TopicPartition(name, partition.partition()), OffsetSpec.maxTimestamp()));
            }
        });
        if (wanted.isEmpty()) {
            throw new NotApplicable("no topic has the broker's timestamps");
        }
        Map<TopicPartition, ListOffsetsResultInfo> newest = kafka.ask(
                "read the newest timestamps", admin.listOffsets(wanted).all());
        long ahead = patient.clock().millis() + CLOCK_TOLERANCE_MILLIS;
        newest.entrySet().stream()
                .filter(entry -> entry.getValue().timestamp() > ahead)
                .max((a, b) ->
                        Long.compare(a.getValue().timestamp(), b.getValue().timestamp()))
                .ifPresent(entry -> report.add(
                        Problem.CLOCK_SKEW,
                        "a broker must not stamp records with a time to come, was "
                                + (entry.getValue().timestamp()
                                                - patient.clock().millis())
                                        / 1000
                                + " s ahead of this clock",
                        entry.getKey() + ", offset " + entry.getValue().offset()));
    }
}
