package dev.candlewick.jobs.streaming;

import java.io.IOException;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Finds the newest complete checkpoint below a directory, whatever job wrote it; reads only. */
public final class CheckpointDirectory {
    private CheckpointDirectory() {}

    /**
     * The newest checkpoint with its metadata file, by the time at which that was written.
     *
     * @throws IOException where the directory exists and cannot be read
     */
    public static Optional<String> newest(String directory) throws IOException {
        Path root = new Path(directory);
        FileSystem fileSystem = root.getFileSystem();
        if (!fileSystem.exists(root)) {
            return Optional.empty();
        }
        FileStatus newest = null;
        for (FileStatus job : list(fileSystem, root)) {
            if (!job.isDir()) {
                continue;
            }
            for (FileStatus checkpoint : list(fileSystem, job.getPath())) {
                Path metadata = new Path(checkpoint.getPath(), "_metadata");
                if (!checkpoint.isDir()
                        || !checkpoint.getPath().getName().startsWith("chk-")
                        || !fileSystem.exists(metadata)) {
                    continue;
                }
                FileStatus found = fileSystem.getFileStatus(metadata);
                if (newest == null || BY_AGE.compare(found, newest) > 0) {
                    newest = found;
                }
            }
        }
        return newest == null
                ? Optional.empty()
                : Optional.of(newest.getPath().getParent().toString());
    }

    private static final Comparator<FileStatus> BY_AGE = Comparator.comparingLong(FileStatus::getModificationTime)
            .thenComparingLong(status -> number(status.getPath().getParent()));

    private static long number(Path checkpoint) {
        return Long.parseLong(checkpoint.getName().substring("chk-".length()));
    }

    private static FileStatus[] list(FileSystem fileSystem, Path directory) throws IOException {
        FileStatus[] entries = fileSystem.listStatus(directory);
        return entries == null ? new FileStatus[0] : Stream.of(entries).toArray(FileStatus[]::new);
    }
}
