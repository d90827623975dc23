package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One run's claim on a lake version, from before the job starts until its last publication; not safe for threads.
 *
 * <p>A bounded run writes below {@code <lake>/.staging-<run>} and owns a version number that no reader knows until
 * {@link LakePublisher#publish} names it. {@link #close()} gives up what was not published. A run whose process is gone
 * is recognised by its lock; the next run of the lake removes what it left. Locks work between processes of one machine;
 * a lake is written from one machine at a time.
 *
 * <p>A streaming job writes below the lake itself, in a version of its own that it keeps over restarts.
 */
public final class LakeRun implements AutoCloseable {
    private static final Pattern RUN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final String STAGING_PREFIX = ".staging-";
    private static final String STAGING_FILE = "staging.json";

    private final Path lake;
    private final String run;
    private final int version;
    private final boolean streaming;
    private final LakeScales scales;
    private final String openedAt;
    private final InstantSource clock;
    private final LakeLock alive;
    private boolean closed;

    private LakeRun(
            Path lake,
            String run,
            int version,
            boolean streaming,
            LakeScales scales,
            String openedAt,
            InstantSource clock,
            LakeLock alive) {
        this.lake = lake;
        this.run = run;
        this.version = version;
        this.streaming = streaming;
        this.scales = scales;
        this.openedAt = openedAt;
        this.clock = clock;
        this.alive = alive;
    }

    /** Checks that a run's name can be a directory name: letters, digits, dot, dash, underscore, at most 100. */
    public static void checkRunName(String run) {
        if (!RUN_NAME.matcher(run).matches()) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "run must be 1 to 100 letters, digits, dots, dashes and underscores, was '" + run + "'");
        }
    }

    /**
     * Claims the next version for a bounded run and removes what dead runs left behind.
     *
     * @param lake missing, empty, or with a lake in it
     * @param notes takes a line for everything that was removed
     * @throws LakeException where the folder holds something else, or a run of this name
     */
    public static LakeRun bounded(
            Path lake, String run, LakeScales scales, InstantSource clock, Consumer<String> notes) {
        return open(lake, run, false, scales, clock, notes);
    }

    /**
     * Claims a version for a streaming job: the one that a job of this run name has opened before, else the next.
     *
     * @throws LakeException where the folder is not a lake, another process runs under this name, or the version that it
     *     opened before has other scales
     */
    public static LakeRun streaming(
            Path lake, String run, LakeScales scales, InstantSource clock, Consumer<String> notes) {
        return open(lake, run, true, scales, clock, notes);
    }

    private static LakeRun open(
            Path given, String run, boolean streaming, LakeScales scales, InstantSource clock, Consumer<String> notes) {
        checkRunName(run);
        Path lake = given.toAbsolutePath().normalize();
        try {
            if (Files.exists(lake) && !LakeState.exists(lake) && !isEmpty(lake)) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "lake must be a missing folder, an empty one or one with a lake in it, was a folder with other"
                                + " files (" + lake + ")");
            }
            Files.createDirectories(lake);
            try (LakeLock lock = LakeLock.acquire(lake)) {
                Objects.requireNonNull(lock);
                if (!LakeState.exists(lake)) {
                    LakeState.empty().write(lake);
                }
                removeDead(lake, notes);
                return claim(lake, run, streaming, scales, clock);
            }
        } catch (IOException e) {
            throw environment("open the lake " + lake, e);
        }
    }

    private static LakeRun claim(Path lake, String run, boolean streaming, LakeScales scales, InstantSource clock)
            throws IOException {
        LakeState state = LakeState.read(lake);
        String now = clock.instant().toString();
        LakeState.Version mine = null;
        for (LakeState.Version candidate : state.versions()) {
            if (candidate.run().equals(run)) {
                mine = candidate;
            }
        }
        if (mine != null && !(streaming && mine.streaming())) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "run must have a name of its own, was '" + run + "', which wrote version " + mine.version() + " ("
                            + lake + ")");
        }
        if (mine != null && !mine.scales().equals(scales)) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "scales of a continued run must stay " + mine.scales().priceScale() + " and "
                            + mine.scales().sizeScale() + ", was " + scales.priceScale() + " and "
                            + scales.sizeScale() + " (run=" + run + ", " + lake
                            + "; start under a new run name to open a new version)");
        }
        if (Files.exists(stagingOf(lake, run))) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "run must have a name of its own, was '" + run + "', which is running (" + lake + ")");
        }
        int version = mine != null ? mine.version() : nextVersion(lake, state);
        String openedAt = mine != null ? mine.openedAt() : now;
        Path staging = stagingOf(lake, run);
        Files.createDirectory(staging);
        LakeLock alive = LakeLock.tryRun(staging.resolve(".lock"));
        if (alive == null) {
            throw new LakeException(LakeException.Kind.ENVIRONMENT, "cannot lock " + staging);
        }
        Map<String, @Nullable Object> claim = new LinkedHashMap<>();
        claim.put("run", run);
        claim.put("version", version);
        claim.put("mode", streaming ? "streaming" : "bounded");
        claim.put("opened_at", now);
        LakeJson.write(staging.resolve(STAGING_FILE), claim);
        if (streaming && mine == null) {
            state.with(new LakeState.Version(version, run, true, scales, openedAt, null), state.current())
                    .write(lake);
        }
        return new LakeRun(lake, run, version, streaming, scales, openedAt, clock, alive);
    }

    private static int nextVersion(Path lake, LakeState state) throws IOException {
        int largest = 0;
        for (LakeState.Version version : state.versions()) {
            largest = Math.max(largest, version.version());
        }
        for (Path staging : stagings(lake)) {
            Claim claim = Claim.read(staging);
            if (claim != null) {
                largest = Math.max(largest, claim.version());
            }
        }
        return largest + 1;
    }

    /** Versions that runs have claimed and not published, or are about to. */
    static Set<Integer> claimedVersions(Path lake) throws IOException {
        Set<Integer> claimed = new HashSet<>();
        for (Path staging : stagings(lake)) {
            Claim claim = Claim.read(staging);
            if (claim != null) {
                claimed.add(claim.version());
            }
        }
        return claimed;
    }

    private static void removeDead(Path lake, Consumer<String> notes) throws IOException {
        LakeState state = LakeState.read(lake);
        for (Path staging : stagings(lake)) {
            LakeLock lock = LakeLock.tryRun(staging.resolve(".lock"));
            if (lock == null) {
                continue;
            }
            try (lock) {
                Claim claim = Claim.read(staging);
                if (claim != null) {
                    LakeState.Version version = state.find(claim.version());
                    boolean unpublished = version == null || !version.run().equals(claim.run());
                    if (unpublished && !claim.streaming()) {
                        notes.accept("removing what the interrupted run " + claim.run() + " left in " + lake);
                        deleteVersion(lake, claim.version(), claim.run());
                    }
                }
                deleteTree(staging);
            }
        }
        restoreRunCopy(lake, state);
    }

    /** Brings {@code run.json} in line with the current version, in case a run died right after switching it. */
    private static void restoreRunCopy(Path lake, LakeState state) throws IOException {
        LakeState.Version current = state.find(state.current());
        if (current == null) {
            return;
        }
        Path original = runFile(lake, current.run());
        Path copy = lake.resolve("run.json");
        if (Files.exists(original) && (!Files.exists(copy) || Files.mismatch(original, copy) >= 0)) {
            copyRun(original, copy);
        }
    }

    static void copyRun(Path original, Path copy) throws IOException {
        Path temporary = copy.resolveSibling(".run.json.tmp");
        Files.copy(original, temporary, StandardCopyOption.REPLACE_EXISTING);
        Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What the sinks of this run need. */
    public LakeTarget target(List<String> sources, String profile, NanosClock knownAt) {
        return new LakeTarget("file://" + root(), version, run, streaming ? 0 : 1, scales, sources, profile, knownAt);
    }

    /** The directory below which the job writes. */
    public Path root() {
        return streaming ? lake : staging();
    }

    /** The lake's directory, absolute. */
    public Path lake() {
        return lake;
    }

    /** The run's name. */
    public String run() {
        return run;
    }

    /** The version that this run writes. */
    public int version() {
        return version;
    }

    /** Decimals of the version. */
    public LakeScales scales() {
        return scales;
    }

    /** Whether this is a streaming job's claim. */
    public boolean isStreaming() {
        return streaming;
    }

    String openedAt() {
        return openedAt;
    }

    InstantSource clock() {
        return clock;
    }

    boolean isClosed() {
        return closed;
    }

    Path staging() {
        return stagingOf(lake, run);
    }

    /** Gives up the claim: what a bounded run has not published is removed; published data stays. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (!streaming) {
                LakeState.Version published = LakeState.read(lake).find(version);
                if (published == null) {
                    deleteVersion(lake, version, run);
                }
            }
            deleteTree(staging());
        } catch (IOException e) {
            throw environment("remove " + staging(), e);
        } finally {
            try {
                alive.close();
            } catch (IOException e) {
                // The lock file is gone or the handle is broken: either way nobody waits for it.
            }
        }
    }

    /** Leaves everything as a killed process would, for tests of what the next run does. */
    void abandon() throws IOException {
        closed = true;
        alive.close();
    }

    private static void deleteVersion(Path lake, int version, String run) throws IOException {
        for (LakeTable table : LakeTable.values()) {
            deleteTree(versionDirectory(lake, table, version));
            deleteIfEmpty(lake.resolve(table.directory()));
        }
        deleteTree(lake.resolve("runs").resolve(run));
        deleteIfEmpty(lake.resolve("runs"));
    }

    private static void deleteIfEmpty(Path directory) throws IOException {
        try {
            Files.deleteIfExists(directory);
        } catch (DirectoryNotEmptyException e) {
            // Other versions live here.
        }
    }

    static Path versionDirectory(Path lake, LakeTable table, int version) {
        return lake.resolve(table.directory()).resolve("version=" + version);
    }

    static Path runFile(Path lake, String run) {
        return lake.resolve("runs").resolve(run).resolve("run.json");
    }

    static LakeException environment(String what, IOException cause) {
        return new LakeException(LakeException.Kind.ENVIRONMENT, "cannot " + what + ": " + cause, cause);
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> walk = Files.walk(root)) {
            all = new ArrayList<>(walk.toList());
        }
        for (int i = all.size() - 1; i >= 0; i--) {
            Files.deleteIfExists(all.get(i));
        }
    }

    private static Path stagingOf(Path lake, String run) {
        return lake.resolve(STAGING_PREFIX + run);
    }

    private static List<Path> stagings(Path lake) throws IOException {
        try (Stream<Path> entries = Files.list(lake)) {
            return entries.filter(
                            path -> path.getFileName().toString().startsWith(STAGING_PREFIX) && Files.isDirectory(path))
                    .sorted()
                    .toList();
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new LakeException(LakeException.Kind.USAGE, "lake must be a folder, was a file (" + directory + ")");
        }
        try (Stream<Path> entries = Files.list(directory)) {
            // A run killed in its first moments leaves these two.
            return entries.map(path -> path.getFileName().toString().toLowerCase(Locale.ROOT))
                    .allMatch(name -> name.equals(".lock") || name.equals(".lake.json.tmp"));
        }
    }

    private record Claim(String run, int version, boolean streaming) {
        /** The claim of a staging directory; null where its run was killed before it wrote one. */
        static @Nullable Claim read(Path staging) throws IOException {
            Path file = staging.resolve(STAGING_FILE);
            if (!Files.exists(file)) {
                return null;
            }
            try {
                Map<String, @Nullable Object> json = LakeJson.read(file);
                String run = LakeJson.string(json, "run", file);
                checkRunName(run);
                return new Claim(
                        run,
                        Math.toIntExact(LakeJson.number(json, "version", file)),
                        LakeJson.string(json, "mode", file).equals("streaming"));
            } catch (LakeException e) {
                if (e.getCause() instanceof NoSuchFileException) {
                    return null;
                }
                throw e;
            }
        }
    }
}
