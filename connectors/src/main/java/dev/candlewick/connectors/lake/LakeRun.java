package dev.candlewick.connectors.lake;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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
 * <p>A <em>resumable</em> bounded run keeps its staging when it is closed or killed, until {@link #resume} takes it up
 * again or {@link #discard()} gives it up; {@link #progress()} says which of its parts are whole.
 *
 * <p>A bounded run may lie over another version, see {@link LakeOverlay}. A run that appends stages files for partitions
 * of a version that another run wrote, beside which that run may go on.
 *
 * <p>A streaming job writes below the lake itself, in a version of its own that it keeps over restarts.
 */
public final class LakeRun implements AutoCloseable {
    private static final Pattern RUN_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final Path lake;
    private final LakeClaim claim;
    private final LakeScales scales;
    private final InstantSource clock;
    private final LakeLock alive;
    private boolean closed;

    private LakeRun(Path lake, LakeClaim claim, LakeScales scales, InstantSource clock, LakeLock alive) {
        this.lake = lake;
        this.claim = claim;
        this.scales = scales;
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
        return open(lake, run, LakeClaim.Mode.BOUNDED, false, null, scales, clock, notes);
    }

    /**
     * Claims the next version for a bounded run that lies over a version.
     *
     * @param overlay what it lies over and which days of which tables it answers for itself
     * @param resumable whether the run's staging outlives its process, see {@link #resume}
     * @throws LakeException of kind USAGE where the base is not published or has other scales
     */
    public static LakeRun over(
            Path lake,
            String run,
            LakeOverlay overlay,
            boolean resumable,
            LakeScales scales,
            InstantSource clock,
            Consumer<String> notes) {
        return open(lake, run, LakeClaim.Mode.BOUNDED, resumable, overlay, scales, clock, notes);
    }

    /** Claims the next version for a bounded run that {@link #resume} can go on with after it was closed or killed. */
    public static LakeRun resumable(
            Path lake, String run, LakeScales scales, InstantSource clock, Consumer<String> notes) {
        return open(lake, run, LakeClaim.Mode.BOUNDED, true, null, scales, clock, notes);
    }

    /**
     * Claims a name under which files are added to a published version, beside whoever writes that version.
     *
     * @param version the version, 0 for the current one
     * @throws LakeException of kind USAGE where there is no such version, or the name was used before
     */
    public static LakeRun appending(Path lake, String run, int version, InstantSource clock, Consumer<String> notes) {
        checkRunName(run);
        LakeCatalog catalog = LakeCatalog.open(lake, version);
        try (LakeLock lock = LakeLock.acquire(catalog.lake())) {
            Objects.requireNonNull(lock);
            removeDead(catalog.lake(), notes);
            checkNewName(catalog.lake(), run, LakeState.read(catalog.lake()));
            LakeClaim claim = new LakeClaim(
                    run,
                    catalog.version(),
                    LakeClaim.Mode.APPEND,
                    false,
                    null,
                    clock.instant().toString());
            return stage(catalog.lake(), claim, catalog.scales(), clock);
        } catch (IOException e) {
            throw environment("open the lake " + lake, e);
        }
    }

    /**
     * Claims a version for a streaming job: the one that a job of this run name has opened before, else the next.
     *
     * @throws LakeException where the folder is not a lake, another process runs under this name, or the version that it
     *     opened before has other scales
     */
    public static LakeRun streaming(
            Path lake, String run, LakeScales scales, InstantSource clock, Consumer<String> notes) {
        return open(lake, run, LakeClaim.Mode.STREAMING, false, null, scales, clock, notes);
    }

    /**
     * Takes a name and a staging directory for upkeep, which writes no version; whatever is in it is removed in the end.
     * What dead runs left is removed or finished first.
     */
    public static LakeRun upkeep(Path given, String name, InstantSource clock, Consumer<String> notes) {
        checkRunName(name);
        Path lake = LakeCatalog.requireLake(given);
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            removeDead(lake, notes);
            checkNewName(lake, name, LakeState.read(lake));
            LakeClaim claim = new LakeClaim(
                    name, 0, LakeClaim.Mode.UPKEEP, false, null, clock.instant().toString());
            // No row is written by this claim itself.
            return stage(lake, claim, new LakeScales(LakeScales.PRICE_SCALE_MIN, LakeScales.SIZE_SCALE_MIN), clock);
        } catch (IOException e) {
            throw environment("open the lake " + lake, e);
        }
    }

    /**
     * Takes up a resumable run that was closed or killed before it was published, with the version, the overlay and the
     * scales that it had. What a killed publication moved into place is staged again.
     *
     * @throws LakeException of kind USAGE where there is no such run, it is running, or it was published
     */
    public static LakeRun resume(Path given, String run, InstantSource clock, Consumer<String> notes) {
        checkRunName(run);
        Path lake = LakeCatalog.requireLake(given);
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            removeDead(lake, notes);
            Path staging = LakeClaim.directory(lake, run);
            LakeClaim claim = LakeClaim.read(staging);
            if (claim == null || !claim.resumable()) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "run to resume must be one of "
                                + unfinished(lake).stream().map(Unfinished::run).toList()
                                + ", was '" + run + "' (" + lake + ")");
            }
            LakeLock alive = LakeLock.tryRun(staging.resolve(LakeClaim.LOCK));
            if (alive == null) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "run to resume must have ended, was running (" + run + ", " + lake + ")");
            }
            try {
                LakeScales scales = LakeClaim.scales(staging);
                checkOverlay(lake, LakeState.read(lake), claim.overlay(), scales);
                stageAgain(lake, staging, claim);
                notes.accept("resuming run " + run + ", which was started at " + claim.openedAt());
                return new LakeRun(lake, claim, scales, clock, alive);
            } catch (IOException | RuntimeException e) {
                alive.close();
                throw e;
            }
        } catch (IOException e) {
            throw environment("resume run " + run + " of " + lake, e);
        }
    }

    /**
     * A resumable run that is not published.
     *
     * @param run its name
     * @param version the version that it would be published as
     * @param openedAt when it was started, as an ISO instant
     * @param isRunning whether its process lives
     */
    public record Unfinished(String run, int version, String openedAt, boolean isRunning) {}

    /** The resumable runs of a lake that are not published, by name. */
    public static List<Unfinished> unfinished(Path given) {
        Path lake = LakeCatalog.requireLake(given);
        try {
            LakeState state = LakeState.read(lake);
            List<Unfinished> list = new ArrayList<>();
            for (Path staging : LakeClaim.directories(lake)) {
                LakeClaim claim = LakeClaim.read(staging);
                if (claim != null && claim.resumable() && !isPublished(state, claim)) {
                    LakeLock lock = LakeLock.tryRun(staging.resolve(LakeClaim.LOCK));
                    list.add(new Unfinished(claim.run(), claim.version(), claim.openedAt(), lock == null));
                    if (lock != null) {
                        lock.close();
                    }
                }
            }
            return list;
        } catch (IOException e) {
            throw environment("list the runs of " + lake, e);
        }
    }

    private static void stageAgain(Path lake, Path staging, LakeClaim claim) throws IOException {
        for (LakeTable table : LakeTable.values()) {
            Path moved = versionDirectory(lake, table, claim.version());
            if (Files.isDirectory(moved)) {
                Path back = versionDirectory(staging, table, claim.version());
                Files.createDirectories(Objects.requireNonNull(back.getParent()));
                Files.move(moved, back, StandardCopyOption.ATOMIC_MOVE);
                deleteIfEmpty(lake.resolve(table.directory()));
            }
            LakeFiles.deleteManifests(versionDirectory(staging, table, claim.version()));
        }
        Files.deleteIfExists(runFile(lake, claim.run()));
    }

    private static LakeRun open(
            Path given,
            String run,
            LakeClaim.Mode mode,
            boolean resumable,
            @Nullable LakeOverlay overlay,
            LakeScales scales,
            InstantSource clock,
            Consumer<String> notes) {
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
                return mode == LakeClaim.Mode.STREAMING
                        ? claimStreaming(lake, run, scales, clock)
                        : claimBounded(lake, run, resumable, overlay, scales, clock);
            }
        } catch (IOException e) {
            throw environment("open the lake " + lake, e);
        }
    }

    private static LakeRun claimBounded(
            Path lake,
            String run,
            boolean resumable,
            @Nullable LakeOverlay overlay,
            LakeScales scales,
            InstantSource clock)
            throws IOException {
        LakeState state = LakeState.read(lake);
        checkNewName(lake, run, state);
        checkOverlay(lake, state, overlay, scales);
        LakeClaim claim = new LakeClaim(
                run,
                nextVersion(lake, state),
                LakeClaim.Mode.BOUNDED,
                resumable,
                overlay,
                clock.instant().toString());
        return stage(lake, claim, scales, clock);
    }

    private static LakeRun claimStreaming(Path lake, String run, LakeScales scales, InstantSource clock)
            throws IOException {
        LakeState state = LakeState.read(lake);
        LakeState.Version mine = findRun(state, run);
        if (mine != null && !mine.streaming()) {
            throw nameTaken(run, "wrote version " + mine.version(), lake);
        }
        if (mine != null && !mine.scales().equals(scales)) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "scales of a continued run must stay " + mine.scales().priceScale() + " and "
                            + mine.scales().sizeScale() + ", was " + scales.priceScale() + " and "
                            + scales.sizeScale() + " (run=" + run + ", " + lake
                            + "; start under a new run name to open a new version)");
        }
        checkNotRunning(lake, run);
        String now = clock.instant().toString();
        LakeClaim claim = new LakeClaim(
                run,
                mine != null ? mine.version() : nextVersion(lake, state),
                LakeClaim.Mode.STREAMING,
                false,
                null,
                mine != null ? mine.openedAt() : now);
        LakeRun opened = stage(lake, claim, scales, clock);
        if (mine == null) {
            state.with(new LakeState.Version(claim.version(), run, true, scales, now, null, null), state.current())
                    .write(lake);
        }
        return opened;
    }

    private static LakeRun stage(Path lake, LakeClaim claim, LakeScales scales, InstantSource clock)
            throws IOException {
        Path staging = LakeClaim.directory(lake, claim.run());
        Files.createDirectory(staging);
        LakeLock alive = LakeLock.tryRun(staging.resolve(LakeClaim.LOCK));
        if (alive == null) {
            throw new LakeException(LakeException.Kind.ENVIRONMENT, "cannot lock " + staging);
        }
        claim.write(staging, scales);
        return new LakeRun(lake, claim, scales, clock, alive);
    }

    private static LakeState.@Nullable Version findRun(LakeState state, String run) {
        LakeState.Version found = null;
        for (LakeState.Version candidate : state.versions()) {
            if (candidate.run().equals(run)) {
                found = candidate;
            }
        }
        return found;
    }

    private static void checkNewName(Path lake, String run, LakeState state) {
        LakeState.Version other = findRun(state, run);
        if (other != null) {
            throw nameTaken(run, "wrote version " + other.version(), lake);
        }
        checkNotRunning(lake, run);
        if (Files.exists(runFile(lake, run))) {
            throw nameTaken(run, "has a record in " + runFile(lake, run), lake);
        }
    }

    private static void checkNotRunning(Path lake, String run) {
        Path staging = LakeClaim.directory(lake, run);
        if (Files.exists(staging)) {
            LakeClaim claim = LakeClaim.read(staging);
            throw nameTaken(
                    run, claim != null && claim.resumable() ? "can be resumed or is running" : "is running", lake);
        }
    }

    private static LakeException nameTaken(String run, String why, Path lake) {
        return new LakeException(
                LakeException.Kind.USAGE,
                "run must have a name of its own, was '" + run + "', which " + why + " (" + lake + ")");
    }

    private static void checkOverlay(Path lake, LakeState state, @Nullable LakeOverlay overlay, LakeScales scales) {
        if (overlay == null) {
            return;
        }
        LakeState.Version base = state.find(overlay.base());
        if (base == null || base.publishedAt() == null) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "version below an overlay must be published, was " + overlay.base() + " (" + lake + ")");
        }
        if (!base.scales().equals(scales)) {
            throw new LakeException(
                    LakeException.Kind.USAGE,
                    "scales of an overlay must be those of the version below, "
                            + base.scales().priceScale() + " and "
                            + base.scales().sizeScale() + ", was "
                            + scales.priceScale() + " and " + scales.sizeScale() + " (version " + overlay.base() + ", "
                            + lake
                            + "; give the price.scale and size.scale of that version, or write a whole version by:"
                            + " candlewick replay)");
        }
    }

    private static int nextVersion(Path lake, LakeState state) throws IOException {
        int largest = 0;
        for (LakeState.Version version : state.versions()) {
            largest = Math.max(largest, version.version());
        }
        for (Path staging : LakeClaim.directories(lake)) {
            LakeClaim claim = LakeClaim.read(staging);
            if (claim != null) {
                largest = Math.max(largest, claim.version());
            }
        }
        return largest + 1;
    }

    /** Versions that runs have claimed and not published, or are about to. */
    static Set<Integer> claimedVersions(Path lake) throws IOException {
        Set<Integer> claimed = new HashSet<>();
        for (Path staging : LakeClaim.directories(lake)) {
            LakeClaim claim = LakeClaim.read(staging);
            if (claim != null) {
                claimed.add(claim.version());
            }
        }
        return claimed;
    }

    /** Removes what dead runs left behind, or finishes it; under the lake's lock. */
    private static void removeDead(Path lake, Consumer<String> notes) throws IOException {
        LakeState state = LakeState.read(lake);
        for (Path staging : LakeClaim.directories(lake)) {
            LakeLock lock = LakeLock.tryRun(staging.resolve(LakeClaim.LOCK));
            if (lock == null) {
                continue;
            }
            try (lock) {
                LakeClaim claim = LakeClaim.read(staging);
                if (claim != null && claim.mode() == LakeClaim.Mode.BOUNDED && !isPublished(state, claim)) {
                    if (claim.resumable()) {
                        continue;
                    }
                    notes.accept("removing what the interrupted run " + claim.run() + " left in " + lake);
                    deleteVersion(lake, claim.version(), claim.run());
                }
                if (claim != null && claim.mode() == LakeClaim.Mode.APPEND) {
                    LakeAppend.recover(lake, staging, claim, notes);
                }
                deleteTree(staging);
            }
        }
        restoreRunCopy(lake, state);
    }

    private static boolean isPublished(LakeState state, LakeClaim claim) {
        LakeState.Version version = state.find(claim.version());
        return version != null && version.run().equals(claim.run());
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
        return new LakeTarget(
                "file://" + root(),
                claim.version(),
                claim.run(),
                claim.mode() == LakeClaim.Mode.BOUNDED ? 1 : 0,
                scales,
                sources,
                profile,
                knownAt);
    }

    /** The directory below which the job writes. */
    public Path root() {
        return isStreaming() ? lake : staging();
    }

    /** The lake's directory, absolute. */
    public Path lake() {
        return lake;
    }

    /** The run's name. */
    public String run() {
        return claim.run();
    }

    /** The version that this run writes or appends to. */
    public int version() {
        return claim.version();
    }

    /** Decimals of the version. */
    public LakeScales scales() {
        return scales;
    }

    /** Whether this is a streaming job's claim. */
    public boolean isStreaming() {
        return claim.mode() == LakeClaim.Mode.STREAMING;
    }

    /** Whether this run adds files to a version that another run wrote. */
    public boolean isAppending() {
        return claim.mode() == LakeClaim.Mode.APPEND;
    }

    /** What the run's version will lie over; null where it will stand alone. */
    public @Nullable LakeOverlay overlay() {
        return claim.overlay();
    }

    /**
     * Which parts of a resumable run are whole.
     *
     * @throws IllegalStateException where the run is not resumable
     */
    public LakeProgress progress() {
        if (!claim.resumable()) {
            throw new IllegalStateException("run with progress must be resumable, was " + claim.run());
        }
        return new LakeProgress(this);
    }

    String openedAt() {
        return claim.openedAt();
    }

    InstantSource clock() {
        return clock;
    }

    boolean isClosed() {
        return closed;
    }

    Path staging() {
        return LakeClaim.directory(lake, claim.run());
    }

    /**
     * Gives up the claim: what a bounded run has not published is removed, unless it is resumable; published data stays.
     */
    @Override
    public void close() {
        close(!claim.resumable());
    }

    /** Gives up the claim, and of a resumable run also what it has staged. */
    public void discard() {
        close(true);
    }

    private void close(boolean discard) {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (isStreaming()) {
                deleteTree(staging());
            } else {
                giveUp(discard);
            }
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

    private void giveUp(boolean discard) throws IOException {
        try (LakeLock lock = LakeLock.acquire(lake)) {
            Objects.requireNonNull(lock);
            boolean published = isPublished(LakeState.read(lake), claim);
            if (claim.mode() == LakeClaim.Mode.APPEND) {
                LakeAppend.recover(lake, staging(), claim, note -> {});
            } else if (claim.mode() == LakeClaim.Mode.BOUNDED && !published && discard) {
                deleteVersion(lake, claim.version(), claim.run());
            }
            if (published || discard) {
                deleteTree(staging());
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

    /** Where a table's partitions of a version are. */
    public static Path versionDirectory(Path lake, LakeTable table, int version) {
        return lake.resolve(table.directory()).resolve("version=" + version);
    }

    static Path runFile(Path lake, String run) {
        return lake.resolve("runs").resolve(run).resolve("run.json");
    }

    /** A failure of the file system. */
    public static LakeException environment(String what, IOException cause) {
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
}
