package dev.candlewick.connectors.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LiveCheckpointsTest {
    @TempDir
    private java.nio.file.Path directory;

    private FileSystem files;
    private Path job;

    @BeforeEach
    void open() throws IOException {
        job = new Path(directory.toUri());
        files = job.getFileSystem();
    }

    @Test
    void aCheckpointThatIsRemovedMeanwhileIsLeftOut() throws Exception {
        Files.createFile(Files.createDirectory(directory.resolve("chk-7")).resolve(LiveCheckpoints.METADATA));
        AtomicBoolean ended = new AtomicBoolean();
        AtomicReference<Exception> failed = new AtomicReference<>();
        Thread other = new Thread(() -> {
            for (int number = 8; !ended.get(); number++) {
                try {
                    java.nio.file.Path checkpoint = Files.createDirectory(directory.resolve("chk-" + number));
                    java.nio.file.Path metadata = Files.createFile(checkpoint.resolve(LiveCheckpoints.METADATA));
                    Files.delete(metadata);
                    Files.delete(checkpoint);
                } catch (IOException e) {
                    failed.set(e);
                    return;
                }
            }
        });
        other.start();
        int lost = 0;
        try {
            // Until Flink's own listing has failed often enough: else nothing would be shown.
            for (int listed = 0; lost < 20 && listed < 1_000_000; listed++) {
                List<Path> found = LiveCheckpoints.directories(files, job);
                assertThat(found).extracting(Path::getName).contains("chk-7");
                for (Path checkpoint : found) {
                    Optional<FileStatus> metadata = LiveCheckpoints.metadata(files, checkpoint);
                    if (checkpoint.getName().equals("chk-7")) {
                        assertThat(metadata).isPresent();
                    }
                }
                lost += flinkFails() ? 1 : 0;
            }
        } finally {
            ended.set(true);
            other.join();
        }
        assertThat(failed).hasValue(null);
        assertThat(lost).as("listings that found a checkpoint go away").isEqualTo(20);
    }

    @Test
    void onlyDirectoriesAreTold() throws Exception {
        Files.createFile(directory.resolve("chk-1"));
        Files.createDirectory(directory.resolve("shared"));
        assertThat(LiveCheckpoints.directories(files, job))
                .extracting(Path::getName)
                .containsExactly("shared");
        assertThat(LiveCheckpoints.metadata(files, new Path(job, "shared"))).isEmpty();
    }

    @Test
    void whatIsNotThereHoldsNothing() throws Exception {
        assertThat(LiveCheckpoints.directories(files, new Path(job, "gone"))).isEmpty();
        assertThat(LiveCheckpoints.metadata(files, new Path(job, "gone"))).isEmpty();
    }

    private boolean flinkFails() throws IOException {
        try {
            files.listStatus(job);
            return false;
        } catch (FileNotFoundException e) {
            return true;
        }
    }
}
