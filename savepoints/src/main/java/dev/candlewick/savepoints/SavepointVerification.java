package dev.candlewick.savepoints;

import dev.candlewick.connectors.state.SnapshotStructure;
import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.ledger.LedgerRow;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.time.Interval;
import dev.candlewick.core.time.Intervals;
import dev.candlewick.jobs.operators.States;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a job can start from a savepoint, before anything is stopped: what Flink checks when it restores, what the
 * job checks, and what both would let pass although results would change.
 *
 * <p>All of Candlewick's own state is read with the classes of the new job, through Flink's own backends.
 */
public final class SavepointVerification {
    /** What a finding means for the start. */
    public enum Severity {
        /** The job does not start, or stops at its first trades. */
        REFUSED,
        /** The job starts, and what it publishes is not what it would have published. */
        DIFFERS,
        /** Worth knowing. */
        NOTE
    }

    /**
     * One thing that was found.
     *
     * @param operator uid of the operator, empty for the savepoint as a whole
     */
    public record Finding(Severity severity, String operator, String text) {}

    private static final ClassLoader OWN = SavepointVerification.class.getClassLoader();

    private final Savepoint savepoint;
    private final NewJob job;
    private final List<Finding> findings = new ArrayList<>();
    private boolean sound = true;

    private SavepointVerification(Savepoint savepoint, NewJob job) {
        this.savepoint = savepoint;
        this.job = job;
    }

    /** Everything that was found; the job may start where nothing is worse than {@link Severity#NOTE}. */
    public static List<Finding> verify(String path, NewJob job) {
        Path directory = SavepointFiles.resolve(path);
        List<Finding> findings = new ArrayList<>();
        if (HashManifest.exists(directory)) {
            HashManifest.check(directory).forEach(problem -> findings.add(new Finding(Severity.REFUSED, "", problem)));
        } else {
            findings.add(new Finding(
                    Severity.NOTE,
                    "",
                    "no hash manifest: of damage to Flink's own bytes only what contradicts the rest is seen"
                            + " (savepoint hash)"));
        }
        Savepoint savepoint;
        try {
            savepoint = Savepoint.open(directory.toString(), job.loader());
        } catch (SavepointException e) {
            findings.add(new Finding(Severity.REFUSED, "", String.valueOf(e.getMessage())));
            return findings;
        }
        SavepointVerification verification = new SavepointVerification(savepoint, job);
        verification.findings.addAll(findings);
        verification.run();
        return verification.findings;
    }

    /** Whether a job may start with these findings. */
    public static boolean isRestorable(List<Finding> findings) {
        return findings.stream().allMatch(finding -> finding.severity() == Severity.NOTE);
    }

    private void run() {
        if (savepoint.kind() == Savepoint.Kind.DRAINED) {
            add(Severity.DIFFERS, "", "the job was drained: its open windows were published as if they were complete");
        } else if (savepoint.kind() == Savepoint.Kind.CHECKPOINT) {
            add(Severity.NOTE, "", "a checkpoint is for the same graph; take a savepoint for an upgrade");
        }
        files();
        List<String> damage = SnapshotStructure.problems(savepoint.metadata(), savepoint.loader());
        damage.forEach(problem -> add(Severity.REFUSED, "", problem));
        sound = damage.isEmpty();
        Set<String> seen = new TreeSet<>();
        for (OperatorInfo operator : savepoint.operators()) {
            NewJob.Operator target = job.operators().get(operator.id());
            if (target == null) {
                missing(operator);
            } else {
                seen.add(operator.id());
                compare(operator, target);
            }
        }
        for (Map.Entry<String, NewJob.Operator> entry : job.operators().entrySet()) {
            NewJob.Operator target = entry.getValue();
            String uid = target.uid();
            if (uid == null || seen.contains(entry.getKey())) {
                continue;
            }
            boolean stateful = !job.keyed(uid).isEmpty()
                    || !job.lists(uid).isEmpty()
                    || !job.unions(uid).isEmpty();
            add(stateful ? Severity.DIFFERS : Severity.NOTE, uid, "is not in the savepoint and begins without state");
        }
        if (isRestorable(findings)) {
            balance();
        }
        for (NewJob.Operator target : job.operators().values()) {
            if (target.maxParallelism() > 0 && target.parallelism() > target.maxParallelism()) {
                add(
                        Severity.REFUSED,
                        String.valueOf(target.uid()),
                        "parallelism must be at most the max parallelism " + target.maxParallelism() + ", was "
                                + target.parallelism());
            }
        }
    }

    /**
     * A savepoint is a consistent cut: what was counted and is not in its states was lost since, and what was read and is not
     * found again was lost on the way to it.
     */
    private void balance() {
        try {
            Savepoint own = Savepoint.open(savepoint.directory().toString(), OWN);
            SavepointContents contents = new SavepointContents(own);
            String problem = contents.problem();
            if (problem != null) {
                add(Severity.REFUSED, "", problem);
                return;
            }
            for (LedgerRow row : contents.ledger()) {
                if (row.residual() != 0) {
                    add(
                            Severity.DIFFERS,
                            "",
                            "the double entry of the savepoint must balance, was " + row.residual() + " ("
                                    + (row.scope().equals(LedgerRow.PARTITION) ? row.readPartition() : row.interval())
                                    + ")");
                }
            }
        } catch (SavepointException e) {
            add(Severity.NOTE, "", "the double entry cannot be balanced: " + e.getMessage());
        }
    }

    private void files() {
        savepoint.files().forEach(file -> {
            try {
                if (!file.getFileSystem().exists(file)) {
                    add(Severity.REFUSED, "", "a file of the savepoint must be there, was missing (" + file + ")");
                }
            } catch (IOException e) {
                add(Severity.REFUSED, "", "a file of the savepoint must be readable, was not: " + e.getMessage());
            }
        });
    }

    private void missing(OperatorInfo operator) {
        OperatorState state = savepoint.state(operator.label());
        boolean hasState = state != null
                && (state.getCoordinatorState() != null
                        || state.getStates().stream().anyMatch(OperatorSubtaskState::hasState));
        if (hasState) {
            add(
                    Severity.REFUSED,
                    operator.label(),
                    "has state in the savepoint, and the new job has no operator of this uid"
                            + (operator.name() == null ? "" : " (" + operator.name() + ")")
                            + "; give the uid back, or rename it in the savepoint with savepoint migrate");
        } else {
            add(Severity.NOTE, operator.label(), "is not in the new job, and has no state");
        }
    }

    private void compare(OperatorInfo operator, NewJob.Operator target) {
        String uid = String.valueOf(target.uid());
        int max = target.maxParallelism();
        if (max > 0 && max != operator.maxParallelism()) {
            add(
                    Severity.REFUSED,
                    uid,
                    "max parallelism must stay " + operator.maxParallelism() + ", was " + max
                            + "; set max-parallelism back, or rewrite the savepoint with savepoint migrate");
        }
        if (target.parallelism() > operator.maxParallelism()) {
            add(
                    Severity.REFUSED,
                    uid,
                    "parallelism must be at most the max parallelism " + operator.maxParallelism() + ", was "
                            + target.parallelism());
        } else if (target.parallelism() > 0 && target.parallelism() != operator.parallelism()) {
            add(
                    Severity.NOTE,
                    uid,
                    "parallelism changes from " + operator.parallelism() + " to " + target.parallelism());
        }
        if (operator.finished()) {
            add(Severity.NOTE, uid, "had finished: it will not read or publish anything more");
        }
        if (!(job.isRocksDb()
                ? operator.format().restoresOnRocksDb()
                : operator.format().restoresOnHeap())) {
            add(
                    Severity.REFUSED,
                    uid,
                    "its keyed state is " + operator.format() + ", which the state backend "
                            + (job.isRocksDb() ? "rocksdb" : "hashmap")
                            + " does not restore; keep state.backend, or take a canonical savepoint");
        }
        boolean keysFit = true;
        for (StateInfo state : operator.states()) {
            keysFit &= keyIsCompatible(uid, state, target);
        }
        if (keysFit) {
            states(uid, operator);
        }
    }

    private void states(String uid, OperatorInfo operator) {
        List<StateDescriptor<?, ?>> keyed = job.keyed(uid);
        List<StateDescriptor<?, ?>> lists = job.lists(uid);
        List<StateDescriptor<?, ?>> unions = job.unions(uid);
        if (keyed.isEmpty() && lists.isEmpty() && unions.isEmpty()) {
            return; // Not Candlewick's own: sources and sinks keep what Flink's connectors keep.
        }
        boolean isRead = true;
        for (StateInfo state : operator.states()) {
            StateDescriptor<?, ?> descriptor = switch (state.kind()) {
                case KEYED -> named(keyed, state.name());
                case LIST -> named(lists, state.name());
                case UNION -> named(unions, state.name());
                case TIMERS, BROADCAST -> null;
            };
            if (state.kind() == StateInfo.Kind.TIMERS) {
                continue;
            }
            if (descriptor == null) {
                isRead = false;
                if (named(lists, state.name()) != null || named(unions, state.name()) != null) {
                    add(
                            Severity.REFUSED,
                            uid,
                            "state " + state.name() + " is spread another way after a restart: it was " + state.kind());
                } else {
                    add(Severity.DIFFERS, uid, "state " + state.name() + " is read by nothing and would be dropped");
                }
                continue;
            }
            isRead &= isCompatible(uid, state, descriptor);
        }
        for (List<StateDescriptor<?, ?>> declared : List.of(keyed, lists, unions)) {
            for (StateDescriptor<?, ?> descriptor : declared) {
                if (operator.state(descriptor.getName()) == null) {
                    // An operator whose subtasks all had nothing to say has no state of this name.
                    add(Severity.NOTE, uid, "state " + descriptor.getName() + " begins empty");
                }
            }
        }
        if (isRead) {
            contents(uid, keyed, lists, unions);
        }
    }

    private static @Nullable StateDescriptor<?, ?> named(List<StateDescriptor<?, ?>> descriptors, String name) {
        return descriptors.stream()
                .filter(descriptor -> descriptor.getName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private boolean isCompatible(String uid, StateInfo state, StateDescriptor<?, ?> descriptor) {
        TypeSerializer<?> serializer = descriptor instanceof ListStateDescriptor<?> list
                ? list.getElementSerializer()
                : descriptor.getSerializer();
        if (state.serializer() == null) {
            return true;
        }
        if (resolve(serializer, state.serializer()).isIncompatible()) {
            add(
                    Severity.REFUSED,
                    uid,
                    "state " + state.name() + " was written as " + state.type() + ", which the new job does not read");
            return false;
        }
        return true;
    }

    private boolean keyIsCompatible(String uid, StateInfo state, NewJob.Operator target) {
        TypeSerializer<?> key = target.keySerializer();
        if (state.keySerializer() != null
                && (key == null || !resolve(key, state.keySerializer()).isCompatibleAsIs())) {
            add(
                    Severity.REFUSED,
                    uid,
                    "keys of state " + state.name() + " were written as " + state.keyType()
                            + ", and keys can never change");
            return false;
        }
        return true;
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static TypeSerializerSchemaCompatibility<?> resolve(
            TypeSerializer serializer, TypeSerializerSnapshot<?> written) {
        return serializer.snapshotConfiguration().resolveSchemaCompatibility(written);
    }

    /** Reads everything with the classes of the new job, and looks at what its settings must agree with. */
    @SuppressWarnings("unchecked")
    private void contents(
            String uid,
            List<StateDescriptor<?, ?>> keyed,
            List<StateDescriptor<?, ?>> lists,
            List<StateDescriptor<?, ?>> unions) {
        OperatorState state = savepoint.state(uid);
        if (state == null || !sound) {
            return;
        }
        try (RestoredState restored = new RestoredState(state, job.loader())) {
            for (StateDescriptor<?, ?> descriptor : lists) {
                for (List<Object> subtask : restored.lists((ListStateDescriptor<Object>) descriptor, false)) {
                    for (Object element : subtask) {
                        job.check(descriptor.getName(), element);
                    }
                }
            }
            for (StateDescriptor<?, ?> descriptor : unions) {
                restored.lists((ListStateDescriptor<Object>) descriptor, true);
            }
            for (StateDescriptor<?, ?> descriptor : keyed) {
                restored.forEachKey((ValueStateDescriptor<Object>) descriptor, (key, value, timers) -> {});
            }
        } catch (OutOfMemoryError e) {
            // Flink believes every length that damaged bytes claim.
            add(
                    Severity.REFUSED,
                    uid,
                    "its state is not readable: it needs more memory than the "
                            + Runtime.getRuntime().maxMemory() + " bytes of this process, or is damaged");
            return;
        } catch (Exception e) {
            add(Severity.REFUSED, uid, "its state is not readable: " + SavepointException.reasons(e));
            return;
        }
        if (keyed.isEmpty()) {
            return;
        }
        // What stands in an instrument is looked at with the classes of this process, which know its fields.
        try (RestoredState restored = new RestoredState(state, OWN)) {
            instruments(uid, restored);
        } catch (Exception e) {
            add(Severity.NOTE, uid, "its settings cannot be compared: " + SavepointException.reasons(e));
        }
    }

    private void instruments(String uid, RestoredState restored) throws Exception {
        Set<String> problems = new TreeSet<>();
        Intervals wanted = job.settings().intervals();
        Boolean consolidated = job.settings().consolidated();
        List<String> sources = job.settings().sources();
        long[] expectedTimers = new long[1];
        RestoredState.KeyedTotals totals = restored.forEachKey(States.INSTRUMENT, (key, instrument, timers) -> {
            if (!instrument.key().equals(key)) {
                problems.add("the state of a key must be that of its instrument, was that of " + instrument.key()
                        + " (instrument=" + key + "); the savepoint is damaged");
            }
            boolean waits = instrument.timerMillis() != Long.MAX_VALUE;
            expectedTimers[0] += waits ? 1 : 0;
            if (!timers.equals(waits ? List.of(instrument.timerMillis()) : List.of())) {
                problems.add("a timer must be that of its instrument, was " + timers + " ms (instrument=" + key
                        + "); the savepoint is damaged");
            }
            settings(instrument, wanted, consolidated, sources, problems);
        });
        if (!totals.orphanTimers().isEmpty()) {
            problems.add("every timer must have an instrument, was without: "
                    + totals.orphanTimers().keySet() + "; the savepoint is damaged");
        }
        problems.stream().limit(5).forEach(problem -> add(Severity.REFUSED, uid, problem));
    }

    private static void settings(
            InstrumentState instrument,
            @Nullable Intervals wanted,
            @Nullable Boolean consolidated,
            @Nullable List<String> sources,
            Set<String> problems) {
        if (wanted != null && !lengths(instrument.intervals()).equals(lengths(wanted))) {
            problems.add("intervals must not change under kept state, was " + wanted + " in place of "
                    + instrument.intervals());
        }
        boolean isConsolidated = instrument.venue().equals(Instrument.CONSOLIDATED_VENUE);
        if (consolidated != null && consolidated != isConsolidated) {
            problems.add("scope must not change under kept state, was "
                    + (consolidated ? "consolidated in place of venue" : "venue in place of consolidated"));
        }
        String feed = instrument.feedName();
        if (sources != null && feed != null && !sources.contains(feed)) {
            problems.add(
                    "sources must hold that of each instrument in kept state, was " + sources + " without " + feed);
        }
    }

    private static List<Long> lengths(Intervals intervals) {
        return intervals.asList().stream().map(Interval::nanos).toList();
    }

    private void add(Severity severity, String operator, String text) {
        findings.add(new Finding(severity, operator, text));
    }
}
