package dev.candlewick.savepoints;

import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.StateLayout;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.dag.Pipeline;
import org.apache.flink.client.program.PackagedProgram;
import org.apache.flink.client.program.PackagedProgramUtils;
import org.apache.flink.client.program.ProgramInvocationException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.state.api.OperatorIdentifier;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The graph of a job that is to start from a savepoint, captured and not run; immutable. */
public final class NewJob implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NewJob.class);

    /** Set in Flink's configuration, a main builds its graph and touches neither broker nor lake. */
    static final String PLAN_ONLY = "candlewick.plan-only";

    /**
     * One operator of the graph.
     *
     * @param uid the uid, null where it has none
     * @param name for people
     * @param parallelism subtasks, −1 where the cluster decides
     * @param maxParallelism number of key groups, −1 where Flink derives it
     * @param keySerializer of keyed operators
     */
    public record Operator(
            @Nullable String uid,
            String name,
            int parallelism,
            int maxParallelism,
            @Nullable TypeSerializer<?> keySerializer) {}

    /**
     * What of the settings stands in state too; each null where it is not known.
     *
     * @param intervals of candles
     * @param consolidated whether the scope is consolidated
     * @param sources names of the sources
     */
    public record Settings(
            @Nullable Intervals intervals,
            @Nullable Boolean consolidated,
            @Nullable List<String> sources) {
        /** Nothing is known. */
        public static final Settings UNKNOWN = new Settings(null, null, null);
    }

    private final Map<String, Operator> operators = new TreeMap<>();
    private final boolean rocksDb;
    private final Settings settings;
    private final ClassLoader loader;
    private final Map<String, String> parameters;
    private final @Nullable PackagedProgram program;

    private NewJob(StreamGraph graph, Settings settings, ClassLoader loader, @Nullable PackagedProgram program) {
        for (StreamNode node : graph.getStreamNodes()) {
            String uid = node.getTransformationUID();
            if (uid != null) {
                operators.put(
                        OperatorIdentifier.forUid(uid).getOperatorId().toHexString(),
                        new Operator(
                                uid,
                                node.getOperatorName(),
                                node.getParallelism(),
                                node.getMaxParallelism(),
                                node.getStateKeySerializer()));
            }
        }
        String backend = graph.getJobConfiguration().get(StateBackendOptions.STATE_BACKEND);
        rocksDb = backend != null && !backend.equals("hashmap");
        this.settings = settings;
        this.loader = loader;
        this.parameters =
                Map.copyOf(graph.getExecutionConfig().getGlobalJobParameters().toMap());
        this.program = program;
    }

    /** A graph whose classes are those of this process. */
    @SuppressWarnings("NullAway") // Every thread of Flink's and of a command has a class loader.
    public static NewJob of(StreamGraph graph, Settings settings) {
        return new NewJob(graph, settings, Thread.currentThread().getContextClassLoader(), null);
    }

    /**
     * The graph that the main of a jar builds with the given arguments; its classes come from the jar and not from this
     * process.
     *
     * @throws SavepointException where the jar is not there, or its main fails
     */
    public static NewJob ofJar(String jar, List<String> arguments) {
        return ofJar(jar, arguments, new Configuration());
    }

    /**
     * The same, for a cluster that says what the job does not say itself, such as where state lives.
     *
     * @param cluster Flink's configuration there
     */
    public static NewJob ofJar(String jar, List<String> arguments, Configuration cluster) {
        Configuration configuration = new Configuration(cluster);
        configuration.setString(PLAN_ONLY, "true");
        // The Kafka connector is the caller's where the caller has one; it must not meet another Kafka than its own.
        configuration.set(CoreOptions.ALWAYS_PARENT_FIRST_LOADER_PATTERNS_ADDITIONAL, List.of("org.apache.kafka."));
        PackagedProgram program;
        try {
            program = PackagedProgram.newBuilder()
                    .setJarFile(new File(jar))
                    .setArguments(arguments.toArray(String[]::new))
                    .setConfiguration(configuration)
                    .build();
            Pipeline pipeline = PackagedProgramUtils.getPipelineFromProgram(program, configuration, 1, true);
            StreamGraph graph = (StreamGraph) pipeline;
            Map<String, String> parameters =
                    graph.getExecutionConfig().getGlobalJobParameters().toMap();
            return new NewJob(graph, settings(parameters), program.getUserCodeClassLoader(), program);
        } catch (ProgramInvocationException | RuntimeException e) {
            throw new SavepointException(
                    "the graph of the new job must be built, was not: " + SavepointException.reasons(e) + " (jar=" + jar
                            + ")",
                    "pass the arguments that the job is started with",
                    e);
        }
    }

    private static Settings settings(Map<String, String> parameters) {
        String intervals = parameters.get("intervals");
        String scope = parameters.get("scope");
        return new Settings(
                intervals == null
                        ? null
                        : Intervals.parse(intervals.replace("[", "").replace("]", "")),
                scope == null ? null : scope.equals("consolidated"),
                null);
    }

    /** Every operator with a uid, by Flink's id in hexadecimal. */
    public Map<String, Operator> operators() {
        return Map.copyOf(operators);
    }

    /** Whether the job keeps its state in RocksDB. */
    public boolean isRocksDb() {
        return rocksDb;
    }

    /** What of its settings is known. */
    public Settings settings() {
        return settings;
    }

    /** Its resolved options as it tells them to Flink, secrets hidden. */
    public Map<String, String> parameters() {
        return parameters;
    }

    /** The slots that it needs: its widest operator. */
    public int slots() {
        return operators.values().stream().mapToInt(Operator::parallelism).max().orElse(1);
    }

    /** Where its classes come from. */
    public ClassLoader loader() {
        return loader;
    }

    List<StateDescriptor<?, ?>> keyed(String uid) {
        return layout("keyed", uid);
    }

    List<StateDescriptor<?, ?>> lists(String uid) {
        return layout("lists", uid);
    }

    List<StateDescriptor<?, ?>> unions(String uid) {
        return layout("unions", uid);
    }

    /**
     * Reads what Flink takes for bytes as the job's own version does.
     *
     * @throws IOException where the job would refuse it
     */
    void check(String state, Object element) throws IOException {
        try {
            Class.forName(StateLayout.class.getName(), true, loader)
                    .getMethod("check", String.class, Object.class)
                    .invoke(null, state, element);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(SavepointException.reasons(cause), cause);
        } catch (ClassNotFoundException | NoSuchMethodException | IllegalAccessException e) {
            LOG.debug("the job of version 0.1.0 does not tell how it reads {}", state, e);
        }
    }

    /** What the job's own version of {@link StateLayout} says. */
    private List<StateDescriptor<?, ?>> layout(String method, String uid) {
        try {
            Object answer = Class.forName(StateLayout.class.getName(), true, loader)
                    .getMethod(method, String.class)
                    .invoke(null, uid);
            List<StateDescriptor<?, ?>> descriptors = new ArrayList<>();
            for (Object descriptor : answer instanceof List<?> list ? list : List.of()) {
                descriptors.add((StateDescriptor<?, ?>) descriptor);
            }
            return descriptors;
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | IllegalAccessException
                | InvocationTargetException e) {
            throw new SavepointException(
                    "the jar must be a Candlewick job that tells its states, was not: " + SavepointException.reasons(e),
                    "pass the jar of the streaming job",
                    e);
        }
    }

    @Override
    public void close() {
        if (program != null) {
            program.close();
        }
    }
}
