package dev.candlewick.jobs.streaming;

import dev.candlewick.connectors.state.LiveCheckpoints;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/** Finds the newest complete checkpoint below a directory, whatever job wrote it; reads only. */
public final class CheckpointDirectory {
    /** Flink's names of checkpoints begin so; what follows is their number. */
    private static final String PREFIX = "chk-";

    private static final Comparator<FileStatus> BY_NUMBER =
            Comparator.comparingLong(metadata -> number(metadata.getPath().getParent()));
    private static final Comparator<FileStatus> BY_AGE =
            Comparator.comparingLong(FileStatus::getModificationTime).thenComparing(BY_NUMBER);

    private CheckpointDirectory() {}

    /**
     * The newest checkpoint with its metadata file, by the time at which that was written.
     *
     * @throws IOException where the directory exists and cannot be read
     */
    public static Optional<String> newest(String directory) throws IOException {
        Path root = new Path(directory);
        FileSystem files = root.getFileSystem();
        List<FileStatus> complete = new ArrayList<>();
        for (Path job : LiveCheckpoints.directories(files, root)) {
            complete.addAll(complete(files, job));
        }
        return complete.stream().max(BY_AGE).map(CheckpointDirectory::path);
    }

    /**
     * The complete checkpoint with the highest number in the directory of one job.
     *
     * @throws IOException where the directory exists and cannot be read
     */
    public static Optional<String> newestOfJob(String directory) throws IOException {
        Path job = new Path(directory);
        return complete(job.getFileSystem(), job).stream().max(BY_NUMBER).map(CheckpointDirectory::path);
    }

    private static List<FileStatus> complete(FileSystem files, Path job) throws IOException {
        List<FileStatus> complete = new ArrayList<>();
        for (Path checkpoint : LiveCheckpoints.directories(files, job)) {
            if (checkpoint.getName().startsWith(PREFIX)) {
                LiveCheckpoints.metadata(files, checkpoint).ifPresent(complete::add);
            }
        }
        return complete;
    }

    private static String path(FileStatus metadata) {
        return metadata.getPath().getParent().toString();
    }

    private static long number(Path checkpoint) {
        return Long.parseLong(checkpoint.getName().substring(PREFIX.length()));
    }
}
