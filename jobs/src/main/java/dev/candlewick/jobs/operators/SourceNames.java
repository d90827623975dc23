package dev.candlewick.jobs.operators;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Names of the sources by ordinal; state and the ledger speak of names, trades carry ordinals. One thread.
 *
 * <p>A name that state knows but this run does not read gets an ordinal behind the others, so that its counters and
 * marks are kept.
 */
public final class SourceNames implements Serializable {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> names;

    /** Names in the order of their ordinals. */
    public SourceNames(List<String> names) {
        this.names = new ArrayList<>(names);
    }

    /** Name of a source. */
    public String name(int ordinal) {
        return ordinal < names.size() ? names.get(ordinal) : "source-" + ordinal;
    }

    /** Ordinal of a name, given out where it is new. */
    public int ordinal(String name) {
        int ordinal = names.indexOf(name);
        if (ordinal < 0) {
            names.add(name);
            ordinal = names.size() - 1;
        }
        return ordinal;
    }

    /** All names in the order of their ordinals. */
    public List<String> asList() {
        return List.copyOf(names);
    }
}
