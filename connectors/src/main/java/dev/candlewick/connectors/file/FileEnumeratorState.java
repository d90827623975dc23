package dev.candlewick.connectors.file;

import java.util.List;

/**
 * What the enumerator remembers: the splits that no reader has.
 *
 * @param pending in order of their ordinals
 */
public record FileEnumeratorState(List<FileSplit> pending) {
    /** Takes an unmodifiable copy. */
    public FileEnumeratorState {
        pending = List.copyOf(pending);
    }
}
