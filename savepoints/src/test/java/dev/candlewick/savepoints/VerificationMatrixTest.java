package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.DedupKey;
import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.core.engine.FillPolicy;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.core.vwap.VwapEmit;
import dev.candlewick.jobs.operators.Uids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.dag.Transformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is said about a savepoint and a job is what happens when the job is started from it: every change of job or
 * savepoint is judged first and then tried.
 */
class VerificationMatrixTest {
    @RegisterExtension
    static final MiniClusterExtension CLUSTER = new MiniClusterExtension(new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());

    private static final int STOPPED_AT = 1_500;

    private static final Pattern INSTRUMENT =
            Pattern.compile("(?s)CWK" + (char) InstrumentState.VERSION + ".{4}\5alpha");

    @TempDir
    static Path directory;

    private enum Base {
        CANONICAL,
        HEAP,
        ROCKSDB,
        EXTRA
    }

    private record Stopped(String path, List<Published> output) {}

    private static final Map<Base, Stopped> BASES = new LinkedHashMap<>();
    private static SortedMap<String, String> undisturbed;

    @BeforeAll
    static void stopJobs() throws Exception {
        try (TestJob job = new TestJob()) {
            job.finish(TestJob.How.heap(2));
            undisturbed = values(job.output());
        }
        BASES.put(Base.CANONICAL, stop(TestJob.How.heap(2), SavepointFormatType.CANONICAL));
        BASES.put(Base.HEAP, stop(TestJob.How.heap(2), SavepointFormatType.NATIVE));
        BASES.put(Base.ROCKSDB, stop(TestJob.How.rocksDb(2), SavepointFormatType.NATIVE));
        BASES.put(
                Base.EXTRA,
                stop(
                        TestJob.How.heap(2).changed(environment -> extra(environment, new ByText(), Types.STRING)),
                        SavepointFormatType.CANONICAL));
    }

    @AfterAll
    static void forget() {
        BASES.clear();
    }

    private static Stopped stop(TestJob.How how, SavepointFormatType format) throws Exception {
        try (TestJob job = new TestJob()) {
            String path = job.stoppedAt(STOPPED_AT, how, directory, format);
            return new Stopped(path, List.copyOf(job.output()));
        }
    }

    private enum Outcome {
        SAME,
        OTHER,
        REFUSED
    }

    /** A change of the savepoint's files. */
    @FunctionalInterface
    private interface Damage {
        void to(Path savepoint) throws IOException;
    }

    private record Change(
            Base base,
            UnaryOperator<TestJob.How> how,
            boolean consolidated,
            String feed,
            Damage damage,
            SavepointVerification.Severity expected,
            boolean sameResults) {}

    private static final Damage NONE = path -> {};

    private static Change job(UnaryOperator<TestJob.How> how, SavepointVerification.Severity expected) {
        return new Change(Base.CANONICAL, how, false, Uids.DEFAULT_SOURCE, NONE, expected, true);
    }

    /** Settings that are not in state: the job goes on with them, and publishes what they say. */
    private static Change settings(UnaryOperator<EngineSettings> change) {
        return new Change(
                Base.CANONICAL,
                how -> how.with(change.apply(how.engine())),
                false,
                Uids.DEFAULT_SOURCE,
                NONE,
                SavepointVerification.Severity.NOTE,
                false);
    }

    private static Change on(Base base, UnaryOperator<TestJob.How> how, SavepointVerification.Severity expected) {
        return new Change(base, how, false, Uids.DEFAULT_SOURCE, NONE, expected, true);
    }

    private static Change damaged(Damage damage, SavepointVerification.Severity expected) {
        return new Change(Base.CANONICAL, UnaryOperator.identity(), false, Uids.DEFAULT_SOURCE, damage, expected, true);
    }

    private static Change renamed(String uid) {
        return job(
                how -> how.changed(environment -> rename(environment, uid, uid + "-renamed")),
                SavepointVerification.Severity.REFUSED);
    }

    private static Map<String, Change> changes() {
        SavepointVerification.Severity note = SavepointVerification.Severity.NOTE;
        SavepointVerification.Severity differs = SavepointVerification.Severity.DIFFERS;
        SavepointVerification.Severity refused = SavepointVerification.Severity.REFUSED;
        Map<String, Change> changes = new LinkedHashMap<>();
        changes.put("nothing", job(UnaryOperator.identity(), note));
        changes.put("parallelism 1", job(how -> parallelism(how, 1), note));
        changes.put("parallelism 3", job(how -> parallelism(how, 3), note));
        changes.put("renamed source", renamed(Uids.SOURCE));
        changes.put("renamed stamp", renamed(Uids.STAMP));
        changes.put("renamed market-data", renamed(Uids.MARKET_DATA));
        changes.put("renamed outlet", renamed(Uids.OUTLET));
        changes.put("renamed silence", renamed(Uids.SILENCE));
        changes.put("renamed ledger", renamed(Uids.LEDGER));
        changes.put(
                "renamed sink without state",
                job(how -> how.changed(environment -> rename(environment, "rejected", "turned-away")), note));
        changes.put(
                "added operator with state",
                job(how -> how.changed(environment -> extra(environment, new ByText(), Types.STRING)), note));
        changes.put("removed operator with state", on(Base.EXTRA, UnaryOperator.identity(), refused));
        changes.put(
                "kept operator with state",
                on(Base.EXTRA, how -> how.changed(e -> extra(e, new ByText(), Types.STRING)), note));
        changes.put(
                "keys of another type",
                on(Base.EXTRA, how -> how.changed(e -> extra(e, new ByNumber(), Types.LONG)), refused));
        changes.put("larger max parallelism", job(how -> how.max(256), refused));
        changes.put("smaller max parallelism", job(how -> how.max(64), refused));
        changes.put("parallelism above max parallelism", job(how -> parallelism(how.max(2), 3), refused));
        changes.put("canonical onto RocksDB", on(Base.CANONICAL, VerificationMatrixTest::rocksDb, note));
        changes.put("native heap onto heap", on(Base.HEAP, UnaryOperator.identity(), note));
        changes.put("native heap onto RocksDB", on(Base.HEAP, VerificationMatrixTest::rocksDb, refused));
        changes.put("native RocksDB onto RocksDB", on(Base.ROCKSDB, VerificationMatrixTest::rocksDb, note));
        changes.put(
                "native RocksDB onto RocksDB, rescaled", on(Base.ROCKSDB, how -> parallelism(rocksDb(how), 3), note));
        changes.put("native RocksDB onto heap", on(Base.ROCKSDB, UnaryOperator.identity(), refused));
        changes.put("an interval less", intervals("1s,10s,1m,3m,5m", refused));
        changes.put("an interval more", intervals("1s,10s,1m,3m,5m,15m,1h", refused));
        changes.put("other intervals, as many", intervals("1s,10s,1m,3m,5m,30m", refused));
        changes.put(
                "scope consolidated",
                new Change(Base.CANONICAL, UnaryOperator.identity(), true, Uids.DEFAULT_SOURCE, NONE, refused, true));
        changes.put(
                "another feed",
                new Change(Base.CANONICAL, UnaryOperator.identity(), false, "other", NONE, refused, true));
        changes.put(
                "longer allowed lateness",
                settings(engine -> engine.withAllowedLatenessNanos(20 * Interval.SECOND_NANOS)));
        changes.put("shorter allowed lateness", settings(engine -> engine.withAllowedLatenessNanos(0)));
        changes.put("fills", settings(engine -> engine.withFill(FillPolicy.CARRY, 100)));
        changes.put("VWAP every second", settings(engine -> engine.withVwapEmit(VwapEmit.EVERY_SECOND)));
        changes.put("no quality rules", settings(engine -> engine.withQuality(QualitySettings.off())));
        changes.put("copies by payload", settings(engine -> engine.withDedupKey(DedupKey.FINGERPRINT)));
        changes.put("metadata cut short", damaged(path -> cut(path.resolve("_metadata")), refused));
        changes.put("metadata empty", damaged(path -> Files.write(path.resolve("_metadata"), new byte[0]), refused));
        changes.put("metadata of a newer version", damaged(path -> set(path.resolve("_metadata"), 7, 99), refused));
        changes.put("metadata of something else", damaged(path -> set(path.resolve("_metadata"), 0, 1), refused));
        changes.put("missing state file", damaged(path -> Files.delete(largest(path)), refused));
        changes.put("state file cut short", damaged(path -> cut(largest(path)), refused));
        changes.put("flipped bit in an instrument", damaged(VerificationMatrixTest::flipInstrument, refused));
        changes.put("flipped bit in a key", damaged(path -> replace(path, "alpha|S3", "alpha|S7"), refused));
        changes.put("instrument of a newer version", damaged(VerificationMatrixTest::newerInstrument, refused));
        changes.put(
                "marks of an unknown layout",
                damaged(path -> replace(path, "PartitionMarkSerializer$", "PartitionMarkSerialized$"), refused));
        changes.put(
                "instruments of an unknown layout",
                damaged(path -> replace(path, "InstrumentStateSerializer$", "InstrumentStateSerialized$"), refused));
        changes.put("renamed state of marks", damaged(path -> replace(path, "\0\5marks", "\0\5narks"), differs));
        changes.put(
                "renamed state of counters", damaged(path -> replace(path, "\0\10counters", "\0\10kounters"), differs));
        changes.put(
                "renamed state of instruments",
                damaged(path -> replace(path, "\0\12instrument", "\0\12instrumenz"), differs));
        return changes;
    }

    private static Change intervals(String list, SavepointVerification.Severity expected) {
        return job(how -> how.with(how.engine().withIntervals(Intervals.parse(list))), expected);
    }

    @Test
    void theMatrixIsLarge() {
        assertThat(changes()).hasSizeGreaterThanOrEqualTo(30);
        assertThat(changes().values())
                .filteredOn(change -> change.expected() == SavepointVerification.Severity.REFUSED)
                .hasSizeGreaterThanOrEqualTo(10);
    }

    @ParameterizedTest
    @MethodSource("names")
    void whatIsSaidHappens(String name) throws Exception {
        check(name, changes().get(name));
    }

    static Stream<String> names() {
        return changes().keySet().stream();
    }

    private static void check(String name, Change change) throws Exception {
        Stopped base = BASES.get(change.base());
        Path copy = Files.createTempDirectory(directory, "copy");
        try (Stream<Path> files = Files.list(Path.of(java.net.URI.create(base.path())))) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName().toString()));
            }
        }
        change.damage().to(copy);
        try (TestJob job = new TestJob()) {
            job.consolidated = change.consolidated();
            job.feed = change.feed();
            TestJob.How how =
                    change.how().apply(TestJob.How.heap(2)).from(copy.toUri().toString());
            List<SavepointVerification.Finding> findings = SavepointVerification.verify(
                    copy.toString(),
                    NewJob.of(
                            job.graph(how).getStreamGraph(false),
                            new NewJob.Settings(
                                    how.engine().intervals(), change.consolidated(), List.of(change.feed()))));
            SavepointVerification.Severity worst = findings.stream()
                    .map(SavepointVerification.Finding::severity)
                    .min(Enum::compareTo)
                    .orElse(SavepointVerification.Severity.NOTE);
            Outcome outcome = run(job, how, base);

            assertThat(worst).as("%s: %s", name, findings).isEqualTo(change.expected());
            switch (worst) {
                case REFUSED -> assertThat(outcome).as("%s: %s", name, findings).isEqualTo(Outcome.REFUSED);
                case DIFFERS ->
                    assertThat(SavepointVerification.isRestorable(findings)).isFalse();
                case NOTE ->
                    assertThat(outcome)
                            .as("%s: %s", name, findings)
                            .isIn(change.sameResults() ? List.of(Outcome.SAME) : List.of(Outcome.SAME, Outcome.OTHER));
            }
        }
    }

    private static Outcome run(TestJob job, TestJob.How how, Stopped base) {
        try {
            job.finish(how);
        } catch (Exception e) {
            return Outcome.REFUSED;
        }
        List<Published> all = new ArrayList<>(base.output());
        all.addAll(job.output());
        return values(all).equals(undisturbed) ? Outcome.SAME : Outcome.OTHER;
    }

    /** The last revision of every candle and VWAP row. */
    static SortedMap<String, String> values(Collection<Published> published) {
        SortedMap<String, String> values = new TreeMap<>();
        Map<String, Integer> revisions = new TreeMap<>();
        for (Published value : published) {
            if (value instanceof Candle candle) {
                String key = candle.interval() + " " + candle.key();
                if (revisions.merge(key, candle.revision(), Math::max) == candle.revision()) {
                    values.put(
                            key,
                            candle.openScaled() + " " + candle.highScaled() + " " + candle.lowScaled() + " "
                                    + candle.closeScaled() + " " + candle.volume() + " " + candle.notional() + " "
                                    + candle.trades() + " " + candle.digest() + " " + candle.flags());
                }
            } else if (value instanceof VwapRow row) {
                String key = "vwap " + row.key();
                if (revisions.merge(key, row.revision(), Math::max) == row.revision()) {
                    values.put(key, row.volume() + " " + row.notional() + " " + row.trades());
                }
            }
        }
        return values;
    }

    /** The last revisions as sorted lines. */
    static List<String> lines(Collection<Published> published) {
        List<String> lines = new ArrayList<>();
        values(published).forEach((key, value) -> lines.add(key + ' ' + value));
        return lines;
    }

    private static TestJob.How parallelism(TestJob.How how, int parallelism) {
        return new TestJob.How(
                parallelism,
                how.maxParallelism(),
                how.rocksDb(),
                how.incremental(),
                how.savepoint(),
                how.engine(),
                how.change());
    }

    private static TestJob.How rocksDb(TestJob.How how) {
        return new TestJob.How(
                how.parallelism(),
                how.maxParallelism(),
                true,
                how.incremental(),
                how.savepoint(),
                how.engine(),
                how.change());
    }

    /** Gives an operator of the graph another uid. */
    static StreamExecutionEnvironment rename(StreamExecutionEnvironment environment, String from, String to) {
        boolean found = false;
        for (Transformation<?> sink : environment.getTransformations()) {
            for (Transformation<?> transformation : sink.getTransitivePredecessors()) {
                if (from.equals(transformation.getUid())) {
                    transformation.setUid(to);
                    found = true;
                }
            }
        }
        assertThat(found).as("operator " + from).isTrue();
        return environment;
    }

    /** A keyed operator behind the outlet. */
    @SuppressWarnings("unchecked")
    private static <K> StreamExecutionEnvironment extra(
            StreamExecutionEnvironment environment, KeySelector<Published, K> selector, TypeInformation<K> type) {
        Transformation<Published> outlet = environment.getTransformations().stream()
                .flatMap(sink -> sink.getTransitivePredecessors().stream())
                .filter(transformation -> Uids.OUTLET.equals(transformation.getUid()))
                .map(transformation -> (Transformation<Published>) transformation)
                .findFirst()
                .orElseThrow();
        new DataStream<>(environment, outlet)
                .keyBy(selector, type)
                .process(new Remember<K>())
                .returns(Types.LONG)
                .uid("extra")
                .sinkTo(new DiscardingSink<>())
                .uid("extra-sink")
                .name("extra-sink");
        return environment;
    }

    private static final class ByText implements KeySelector<Published, String> {
        @Override
        public String getKey(Published value) {
            return value.key();
        }
    }

    private static final class ByNumber implements KeySelector<Published, Long> {
        @Override
        public Long getKey(Published value) {
            return (long) value.key().length();
        }
    }

    private static final class Remember<K> extends KeyedProcessFunction<K, Published, Long> {
        private transient ValueState<Long> last;

        @Override
        public void open(OpenContext context) {
            last = getRuntimeContext().getState(new ValueStateDescriptor<>("last", Types.LONG));
        }

        @Override
        public void processElement(Published value, Context context, Collector<Long> out) throws Exception {
            last.update(last.value() == null ? 1 : last.value() + 1);
        }
    }

    private static Path largest(Path savepoint) throws IOException {
        try (Stream<Path> files = Files.list(savepoint)) {
            return files.filter(file -> !file.getFileName().toString().equals("_metadata"))
                    .max(java.util.Comparator.comparingLong(
                            file -> file.toFile().length()))
                    .orElseThrow();
        }
    }

    private static void cut(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    }

    private static void set(Path file, int at, int value) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] = (byte) value;
        Files.write(file, bytes);
    }

    /** Behind the magic number of an instrument stand its version, its length and then its venue. */
    private static int firstInstrument(byte[] bytes) {
        Matcher instrument = INSTRUMENT.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
        return instrument.find() ? instrument.start() : -1;
    }

    private static void flipInstrument(Path savepoint) throws IOException {
        Path file = largest(savepoint);
        byte[] bytes = Files.readAllBytes(file);
        int at = firstInstrument(bytes);
        assertThat(at).isPositive();
        bytes[at + 60] ^= 0x10;
        Files.write(file, bytes);
    }

    private static void newerInstrument(Path savepoint) throws IOException {
        Path file = largest(savepoint);
        byte[] bytes = Files.readAllBytes(file);
        int at = firstInstrument(bytes);
        assertThat(at).isPositive();
        bytes[at + 3] = InstrumentState.VERSION + 1;
        Files.write(file, bytes);
    }

    /** Replaces a text of the same length in every file. */
    private static void replace(Path savepoint, String from, String to) throws IOException {
        assertThat(to).hasSameSizeAs(from);
        boolean found = false;
        try (Stream<Path> files = Files.list(savepoint)) {
            for (Path file : files.toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                found |= text.contains(from);
                Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        assertThat(found).as("text " + from).isTrue();
    }
}
