package dev.candlewick.local.cluster;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.jobmanager.JobManagerProcessSpec;
import org.apache.flink.runtime.jobmanager.JobManagerProcessUtils;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/** The command lines of a cluster's processes; what {@code bin/jobmanager.sh} and its like compute in a distribution. */
final class FlinkProcesses {
    /** Marks every process of a cluster with its directory, so that it is never mistaken for another's. */
    static final String MARK = "candlewick.cluster";

    private static final String JOB_MANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint";
    private static final String TASK_MANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner";
    private static final String COMMAND_LINE = "org.apache.flink.client.cli.CliFrontend";
    private static final String ZOOKEEPER =
            "org.apache.flink.shaded.zookeeper3.org.apache.zookeeper.server.ZooKeeperServerMain";

    private final ClusterFiles files;
    private final Configuration configuration;

    FlinkProcesses(ClusterFiles files) {
        this.files = files;
        this.configuration = GlobalConfiguration.loadConfiguration(files.conf().toString());
    }

    /** The JobManager. */
    List<String> jobManager() {
        JobManagerProcessSpec spec = JobManagerProcessUtils.processSpecFromConfig(configuration);
        List<String> command = java("jobmanager", "log4j.properties", CoreOptions.FLINK_JM_JVM_OPTIONS);
        command.addAll(words(JobManagerProcessUtils.generateJvmParametersStr(spec, configuration)));
        command.addAll(classPath());
        command.add(JOB_MANAGER);
        command.addAll(configDirectory());
        command.addAll(List.of("--executionMode", "cluster"));
        command.addAll(words(JobManagerProcessUtils.generateDynamicConfigsStr(spec)));
        return command;
    }

    /** The TaskManager of a number, from 1. */
    List<String> taskManager(int number) {
        TaskExecutorProcessSpec spec = TaskExecutorProcessUtils.processSpecFromConfig(configuration);
        String name = "taskmanager-" + number;
        List<String> command = java(name, "log4j.properties", CoreOptions.FLINK_TM_JVM_OPTIONS);
        command.addAll(words(ProcessMemoryUtils.generateJvmParametersStr(spec)));
        command.addAll(classPath());
        command.add(TASK_MANAGER);
        command.addAll(configDirectory());
        command.addAll(words(TaskExecutorProcessUtils.generateDynamicConfigsStr(spec)));
        return command;
    }

    /** The cluster's own ZooKeeper. */
    List<String> zooKeeper(int port) {
        List<String> command = java("zookeeper", "log4j.properties", CoreOptions.FLINK_JVM_OPTIONS);
        command.addAll(
                List.of("-Xmx128m", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.snapshot.trust.empty=true"));
        command.addAll(classPath());
        command.addAll(List.of(ZOOKEEPER, files.zooKeeper().resolve("zoo.cfg").toString()));
        return command;
    }

    /** Flink's command line with the given arguments. */
    List<String> commandLine(String logName, List<String> arguments) {
        List<String> command = java(logName, "log4j-cli.properties", CoreOptions.FLINK_CLI_JVM_OPTIONS);
        command.add("-Xmx512m");
        command.addAll(classPath());
        command.add(COMMAND_LINE);
        command.addAll(arguments);
        return command;
    }

    /** What every process finds in its environment. */
    Map<String, String> environment() {
        return Map.of(
                "FLINK_CONF_DIR", files.conf().toString(),
                "FLINK_PLUGINS_DIR", files.plugins().toString());
    }

    /** Where a process writes its log. */
    Path log(String name) {
        return files.logs().resolve(name + ".log");
    }

    private List<String> java(String name, String logging, ConfigOption<String> further) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(words(configuration.get(CoreOptions.FLINK_JVM_OPTIONS)));
        if (!further.equals(CoreOptions.FLINK_JVM_OPTIONS)) {
            command.addAll(words(configuration.get(further)));
        }
        // Several processes on few cores: the usual collector would start as many threads as there are cores in each.
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Dfile.encoding=UTF-8"));
        command.add("-D" + MARK + "=" + files.root());
        command.add("-Dlog.file=" + log(name));
        command.add("-Dlog4j.configurationFile=" + files.conf().resolve(logging).toUri());
        command.add("-Djava.io.tmpdir=" + files.work());
        return command;
    }

    private List<String> classPath() {
        return List.of("-cp", files.lib() + "/*");
    }

    private List<String> configDirectory() {
        return List.of("--configDir", files.conf().toString());
    }

    private static List<String> words(String text) {
        return Arrays.stream(text.strip().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }
}
