package dev.candlewick.testkit.property;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.opentest4j.TestAbortedException;

/**
 * Checks a property for many seeds and, if one fails, names it and how to run it alone.
 *
 * <p>{@code -Dcandlewick.seed=N} makes every check run seed N only. All seeds are run before the check fails, so that
 * the report tells a rare failure from a general one. Checks run one after the other in the calling thread.
 */
public final class SeededProperty {
    /** System property that restricts every check to one seed. */
    public static final String SEED_PROPERTY = "candlewick.seed";

    private static final int SEEDS_NAMED = 20;
    private static final StackWalker STACK = StackWalker.getInstance();

    private SeededProperty() {}

    /** A property of one seed: it returns if it holds and throws if not. */
    @FunctionalInterface
    public interface SeedCheck {
        /** Checks one seed. */
        void check(long seed) throws Exception;
    }

    /**
     * Checks the seeds 1 to {@code seeds}.
     *
     * @throws AssertionError if the property fails for a seed; the cause is the first failure
     */
    public static void check(int seeds, SeedCheck property) {
        check(LongStream.rangeClosed(1, seeds), property);
    }

    /**
     * Checks the given seeds.
     *
     * @throws AssertionError if the property fails for a seed, or if there is no seed; the cause is the first failure
     */
    public static void check(LongStream seeds, SeedCheck property) {
        Long only = Long.getLong(SEED_PROPERTY);
        long[] chosen = only == null ? seeds.toArray() : new long[] {only};
        if (chosen.length == 0) {
            throw new AssertionError("seeds must not be empty, was no seed (a property that checks nothing)");
        }
        List<Long> failed = new ArrayList<>();
        Throwable first = null;
        for (long seed : chosen) {
            try {
                property.check(seed);
            } catch (TestAbortedException aborted) {
                throw aborted;
            } catch (Exception | AssertionError | StackOverflowError failure) {
                failed.add(seed);
                if (first == null) {
                    first = failure;
                }
            }
        }
        if (first != null) {
            String message = message(failed, chosen.length, first);
            System.err.println(message);
            throw new AssertionError(message, first);
        }
    }

    private static String message(List<Long> failed, int total, Throwable first) {
        long seed = failed.get(0);
        String named = failed.size() <= SEEDS_NAMED
                ? failed.toString()
                : failed.subList(0, SEEDS_NAMED) + " and " + (failed.size() - SEEDS_NAMED) + " more";
        return "property must hold for every seed, failed for seed " + seed + " (" + failed.size() + " of " + total
                + " seeds failed: " + named + "); run it alone with " + test() + "-D" + SEED_PROPERTY + "=" + seed
                + "\n  " + first;
    }

    /** Names the test by the first caller outside this class, in the form that Surefire takes. */
    private static String test() {
        return STACK.walk(frames -> frames.filter(frame -> !frame.getClassName().equals(SeededProperty.class.getName()))
                .findFirst()
                .map(frame -> "-Dtest=" + frame.getClassName().replaceAll("^.*\\.", "") + "#"
                        // Called from a lambda: its name holds the method's.
                        + frame.getMethodName().replaceAll("^lambda\\$(.*)\\$[0-9]+$", "$1") + " ")
                .orElse(""));
    }
}
