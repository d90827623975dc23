package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.ReadSources;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Names of the sources by ordinal; state and the ledger speak of names, trades carry ordinals. Immutable.
 *
 * <p>A name that is not in the run's list has an ordinal of {@link ReadSources}: topics that are found while the job runs,
 * and what state knows but this run does not read, whose counters and marks are kept.
 */
public final class SourceNames implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Stands before a name. */
    private static final int NAMED = -1;

    private final ArrayList<String> names;

    /** Names in the order of their ordinals. */
    public SourceNames(List<String> names) {
        this.names = new ArrayList<>(names);
    }

    /** Name of a source. */
    public String name(int ordinal) {
        return ordinal < names.size() ? names.get(ordinal) : ReadSources.name(ordinal);
    }

    /** Ordinal of a name. */
    public int ordinal(String name) {
        int ordinal = names.indexOf(name);
        return ordinal < 0 ? ReadSources.ordinal(name) : ordinal;
    }

    /** Writes an ordinal such that another process reads the same source: as a number where it is one of the run's list. */
    static void write(int ordinal, DataOutputView out) throws IOException {
        if (ReadSources.isFound(ordinal)) {
            out.writeInt(NAMED);
            out.writeUTF(ReadSources.name(ordinal));
        } else {
            out.writeInt(ordinal);
        }
    }

    /** Reads what {@link #write} has written. */
    static int read(DataInputView in) throws IOException {
        int ordinal = in.readInt();
        return ordinal == NAMED ? ReadSources.ordinal(in.readUTF()) : ordinal;
    }

    /** All names in the order of their ordinals. */
    public List<String> asList() {
        return List.copyOf(names);
    }
}
