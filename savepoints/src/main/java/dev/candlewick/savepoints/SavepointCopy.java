package dev.candlewick.savepoints;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.checkpoint.Checkpoints;
import org.apache.flink.runtime.checkpoint.OperatorState;
import org.apache.flink.runtime.checkpoint.metadata.CheckpointMetadata;

/** Writes a savepoint anew with other operators; the copy holds its files itself. */
final class SavepointCopy {
    private SavepointCopy() {}

    /** A path as a user writes it, or a URI. */
    static Path path(String text) {
        return new Path(
                text.contains(":/")
                        ? text
                        : java.nio.file.Path.of(text).toAbsolutePath().toUri().toString());
    }

    /**
     * Checks that a directory is missing or empty.
     *
     * @param make whether it is made
     */
    static void prepare(Path target, boolean make) throws IOException {
        FileSystem files = target.getFileSystem();
        FileStatus[] entries = files.exists(target) ? files.listStatus(target) : null;
        if (entries != null && entries.length > 0) {
            throw new SavepointException(
                    "the target must be a directory that is missing or empty, was not (" + target + ")", null, null);
        }
        if (make) {
            files.mkdirs(target);
        }
    }

    /** Copies the savepoint's own files and writes metadata with the given states. */
    static void write(Savepoint from, Path target, Collection<OperatorState> states) throws IOException {
        write(from, target, states, Set.of());
    }

    /**
     * Copies the savepoint's own files and writes metadata with the given states.
     *
     * @param without names of files that none of the states has any more
     */
    static void write(Savepoint from, Path target, Collection<OperatorState> states, Set<String> without)
            throws IOException {
        Set<String> left = new HashSet<>(without);
        left.add(SavepointFiles.METADATA);
        left.add(HashManifest.NAME);
        // Files of a savepoint are named by their position in its directory, so the copy is sound wherever it stands;
        // files elsewhere, as checkpoints share them, stay where they are.
        FileStatus[] entries = from.directory().getFileSystem().listStatus(from.directory());
        for (FileStatus entry : entries == null ? new FileStatus[0] : entries) {
            Path file = entry.getPath();
            if (entry.isDir() || left.contains(file.getName())) {
                continue;
            }
            try (InputStream in = file.getFileSystem().open(file);
                    OutputStream out = target.getFileSystem()
                            .create(new Path(target, file.getName()), FileSystem.WriteMode.NO_OVERWRITE)) {
                in.transferTo(out);
            }
        }
        CheckpointMetadata metadata = new CheckpointMetadata(
                from.checkpointId(),
                states,
                from.metadata().getMasterStates(),
                from.metadata().getCheckpointProperties());
        try (OutputStream out = target.getFileSystem()
                .create(new Path(target, SavepointFiles.METADATA), FileSystem.WriteMode.NO_OVERWRITE)) {
            Checkpoints.storeCheckpointMetadata(metadata, out);
        }
    }

    /** Writes a new file of text. */
    static void write(Path file, String text) throws IOException {
        try (OutputStream out = file.getFileSystem().create(file, FileSystem.WriteMode.NO_OVERWRITE)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
    }
}
