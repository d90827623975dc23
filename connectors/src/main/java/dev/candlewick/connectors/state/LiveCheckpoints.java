package dev.candlewick.connectors.state;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Looks into directories in which a job makes and removes checkpoints meanwhile: what goes away while it is looked at counts
 * as not there. Reads only.
 */
public final class LiveCheckpoints {
    /** Flink's name of the file that every complete savepoint and checkpoint has. */
    public static final String METADATA = "_metadata";

    /** A job removes a checkpoint each few seconds, not each few microseconds. */
    private static final int ATTEMPTS = 1_000;

    private LiveCheckpoints() {}

    /**
     * The directories in a directory, of jobs or of checkpoints; none where it is gone itself.
     *
     * @throws IOException where it cannot be read
     */
    public static List<Path> directories(FileSystem files, Path directory) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                FileStatus[] entries = files.listStatus(directory);
                if (entries != null) {
                    return directories(entries);
                }
                if (!files.exists(directory)) {
                    return List.of();
                }
                throw new IOException("directory must be readable, was not (" + directory + ")");
            } catch (FileNotFoundException e) {
                // Flink asks for the status of each name that it was given, and fails where one is gone by then.
                if (!files.exists(directory)) {
                    return List.of();
                }
                if (attempt == ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    private static List<Path> directories(FileStatus[] entries) {
        List<Path> found = new ArrayList<>();
        for (FileStatus entry : entries) {
            if (entry.isDir()) {
                found.add(entry.getPath());
            }
        }
        return found;
    }

    /**
     * The metadata file of a checkpoint or savepoint, which is written last; nothing where it is not complete, or gone.
     *
     * @throws IOException where it cannot be asked for
     */
    public static Optional<FileStatus> metadata(FileSystem files, Path checkpoint) throws IOException {
        try {
            return Optional.of(files.getFileStatus(new Path(checkpoint, METADATA)));
        } catch (FileNotFoundException e) {
            return Optional.empty();
        }
    }
}
