package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.ReadSources;
import java.io.Serial;
import java.io.Serializable;
import java.util.List;

/**
 * Where the sinks of one run write and what they put into every row; immutable and serializable, shipped with the job.
 *
 * @param root the directory below which {@code <table>/version=N/…} is written: the run's staging for a bounded run,
 *     the lake itself for a streaming job; a URI or an absolute path
 * @param version the lake version, 1 or more
 * @param run the run's name, see {@link LakeRun#checkRunName(String)}
 * @param generation the generation that every row belongs to, or 0 where publication decides it later (streaming)
 * @param scales decimals of the version
 * @param sources names of the sources by their ordinal: topics or relative paths; without topics that are found while the
 *     job runs
 * @param profile {@code <name>@<hash>} of the feed profile
 * @param knownAt gives the known-at time of each row
 */
public record LakeTarget(
        String root,
        int version,
        String run,
        long generation,
        LakeScales scales,
        List<String> sources,
        String profile,
        NanosClock knownAt)
        implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    /** Checks the names. */
    public LakeTarget {
        if (version < 1) {
            throw new IllegalArgumentException("lake version must be at least 1, was " + version);
        }
        LakeRun.checkRunName(run);
        sources = List.copyOf(sources);
    }

    /** The name of a source. */
    String sourceName(int ordinal) {
        if (ReadSources.isFound(ordinal)) {
            return ReadSources.name(ordinal);
        }
        if (ordinal < 0 || ordinal >= sources.size()) {
            throw new IllegalStateException("read source must be one of the run's " + sources.size()
                    + " sources, was ordinal " + ordinal + " (sources=" + sources + ")");
        }
        return sources.get(ordinal);
    }
}
