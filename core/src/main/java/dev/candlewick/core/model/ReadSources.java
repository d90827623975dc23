package dev.candlewick.core.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Ordinals of the sources that a run finds while it runs: topics that match a pattern and did not exist at its start.
 *
 * <p>Messages carry their source as a number. Numbers below {@link #FIRST} are indexes of the run's list, the same in
 * every process. Those from it on are given out here and mean something within this process only: whatever leaves it, in
 * records or in state, carries the name instead. So no process has to ask another. Grows with the number of names; any
 * thread.
 */
public final class ReadSources {
    /** The first ordinal of a source that is not in the run's list. */
    public static final int FIRST = 1 << 24;

    private static final List<String> NAMES = new ArrayList<>();
    private static final Map<String, Integer> ORDINALS = new HashMap<>();

    private ReadSources() {}

    /** Whether an ordinal was given out here. */
    public static boolean isFound(int ordinal) {
        return ordinal >= FIRST;
    }

    /** The ordinal of a name; the same for every call in this process. */
    public static int ordinal(String name) {
        synchronized (NAMES) {
            return ORDINALS.computeIfAbsent(name, unknown -> {
                NAMES.add(unknown);
                return FIRST + NAMES.size() - 1;
            });
        }
    }

    /**
     * The name of an ordinal that was given out here.
     *
     * @throws IllegalArgumentException where it was not
     */
    public static String name(int ordinal) {
        synchronized (NAMES) {
            int index = ordinal - FIRST;
            if (index < 0 || index >= NAMES.size()) {
                throw new IllegalArgumentException(
                        "read source must be one that this process has found, was ordinal " + ordinal);
            }
            return NAMES.get(index);
        }
    }
}
