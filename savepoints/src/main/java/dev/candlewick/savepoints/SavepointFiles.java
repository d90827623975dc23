package dev.candlewick.savepoints;

import dev.candlewick.connectors.state.LiveCheckpoints;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/** Finds savepoints and checkpoints on any file system that Flink knows, and loads their metadata. */
public final class SavepointFiles {
    /** Flink's name of the file that every complete savepoint and checkpoint has. */
    public static final String METADATA = LiveCheckpoints.METADATA;

    private static final int DEPTH = 2;

    private SavepointFiles() {}

    /**
     * The directory with the metadata that a path stands for.
     *
     * @param path a savepoint, a checkpoint, the metadata file of one, or a directory with checkpoints of one job or of
     *     several, of which the one written last counts
     * @throws SavepointException where there is none
     */
    public static Path resolve(String path) {
        Path given = new Path(
                path.contains(":/")
                        ? path
                        : java.nio.file.Path.of(path)
                                .toAbsolutePath()
                                .normalize()
                                .toUri()
                                .toString());
        try {
            FileSystem files = given.getFileSystem();
            if (!files.exists(given)) {
                throw missing(given, "nothing");
            }
            if (!files.getFileStatus(given).isDir()) {
                if (given.getName().equals(METADATA)) {
                    return given.getParent();
                }
                throw missing(given, "a file");
            }
            if (files.exists(new Path(given, METADATA))) {
                return given;
            }
            List<FileStatus> found = new ArrayList<>();
            collect(files, given, DEPTH, found);
            return found.stream()
                    .max(Comparator.comparingLong(FileStatus::getModificationTime)
                            .thenComparing(status -> status.getPath().toString()))
                    .map(status -> status.getPath().getParent())
                    .orElseThrow(() -> missing(given, "a directory without one"));
        } catch (IOException e) {
            throw new SavepointException(
                    "a savepoint must be readable, was not: " + e.getMessage() + " (" + given + ")", null, e);
        }
    }

    private static SavepointException missing(Path path, String was) {
        return new SavepointException(
                "a savepoint must be a directory with a file " + METADATA + ", was " + was + " (" + path + ")",
                "give the directory that Flink named when it took the savepoint, or a checkpoint directory",
                null);
    }

    private static void collect(FileSystem files, Path directory, int depth, List<FileStatus> found)
            throws IOException {
        for (Path entry : LiveCheckpoints.directories(files, directory)) {
            Optional<FileStatus> metadata = LiveCheckpoints.metadata(files, entry);
            if (metadata.isPresent()) {
                found.add(metadata.get());
            } else if (depth > 1) {
                collect(files, entry, depth - 1, found);
            }
        }
    }

    /** Loads the metadata of a savepoint or checkpoint; paths in it are resolved against the directory. */
    static CheckpointMetadata load(Path directory, ClassLoader loader) {
        Path file = new Path(directory, METADATA);
        try (DataInputStream in = new DataInputStream(file.getFileSystem().open(file))) {
            return Checkpoints.loadCheckpointMetadata(in, loader, directory.toString());
        } catch (Exception | OutOfMemoryError e) {
            // Damaged bytes end in whatever exception their meaning leads to, and Flink believes every length they
            // claim.
            throw new SavepointException(
                    "the metadata of a savepoint must be readable, was not: " + SavepointException.reasons(e) + " ("
                            + file + ")",
                    "use a copy of the savepoint that was not damaged, or a version of Candlewick whose Flink has"
                            + " written it",
                    e);
        }
    }
}
