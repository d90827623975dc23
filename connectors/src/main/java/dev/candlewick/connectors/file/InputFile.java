package dev.candlewick.connectors.file;

import java.io.Serializable;

/**
 * One file of a run's input.
 *
 * @param ordinal its position among the run's files; the read source and, where nothing is carried, the place's partition
 * @param relativePath its path below the input folder with {@code /}, or the file's name
 * @param uri where it stands
 * @param bytes its size as stored
 */
public record InputFile(int ordinal, String relativePath, String uri, long bytes) implements Serializable {
    /** Whether the name says that it is compressed. */
    public boolean isGzip() {
        return relativePath.endsWith(".gz");
    }
}
