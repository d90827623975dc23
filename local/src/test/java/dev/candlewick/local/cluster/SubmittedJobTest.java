package dev.candlewick.local.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a job is submitted again, and from where. */
final class SubmittedJobTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";

    @TempDir
    private Path directory;

    @Test
    void aResumptionIsDetachedUnderTheOldIdFromTheNewestCheckpointAndElseTheSame() {
        SubmittedJob job = job(
                List.of(
                        "run",
                        "-d",
                        "-s",
                        "/old",
                        "-p",
                        "3",
                        "-C",
                        "file:/x.jar",
                        "job.jar",
                        "-s",
                        "mine",
                        "-d",
                        "--a",
                        "b c"),
                "");

        assertThat(job.resumption(Optional.of("/new")))
                .containsExactly(
                        "run",
                        "-d",
                        "-D$internal.pipeline.job-id=" + ID,
                        "-s",
                        "/new",
                        "-p",
                        "3",
                        "-C",
                        "file:/x.jar",
                        "job.jar",
                        "-s",
                        "mine",
                        "-d",
                        "--a",
                        "b c");
        // Without a checkpoint it starts as it did at first.
        assertThat(job.resumption(Optional.empty())).contains("/old").doesNotContain("/new");
    }

    @Test
    void aJobIsSubmittedAgainWithTheJarThatItHadAndNotWithWhatWasBuiltSince() throws Exception {
        ClusterFiles files = new ClusterFiles(directory.resolve("cluster"));
        Path built = directory.resolve("job.jar");
        Files.writeString(built, "first");
        Path kept = new KeptJars(files).keep(built);
        SubmittedJob job = new SubmittedJob(
                ID,
                List.of("run", "-d", JobSubmission.JOB_ID + ID, "-s", "/old", "-p", "3", "job.jar", "--a", "b c"),
                directory,
                Map.of("CANDLEWICK_X", "y"),
                "RUNNING",
                "",
                0,
                "",
                kept.toString());
        job.write(files);
        Files.writeString(built, "second");

        SubmittedJob read = SubmittedJob.read(files, ID).orElseThrow();
        assertThat(Files.readString(read.submission().jarPath())).isEqualTo("first");
        assertThat(read.resumption(Optional.empty())).contains(kept.toString()).doesNotContain("job.jar");
        // What belongs to one start of it is left out, and given anew.
        assertThat(read.submission().options()).containsExactly("-p", "3");
        assertThat(read.submission().arguments("x", "/new"))
                .containsExactly(
                        "run",
                        "-d",
                        JobSubmission.JOB_ID + "x",
                        "-s",
                        "/new",
                        "-p",
                        "3",
                        kept.toString(),
                        "--a",
                        "b c");
        // Another jar is another copy, and the first stays while its job runs.
        assertThat(new KeptJars(files).keep(built)).isNotEqualTo(kept);
        assertThat(kept).exists();
        read.with("CANCELED", "", 0, "").write(files);
        for (int i = 0; i < 6; i++) {
            Files.writeString(built, "later " + i);
            Path later = new KeptJars(files).keep(built);
            new SubmittedJob(
                            Integer.toString(i).repeat(32),
                            List.of("run"),
                            directory,
                            Map.of(),
                            "RUNNING",
                            "",
                            0,
                            "",
                            later.toString())
                    .write(files);
        }
        assertThat(kept).exists();
    }

    @Test
    void theNewestCheckpointIsACompleteOneAlsoWhereNobodySawIt() throws Exception {
        ClusterFiles files = new ClusterFiles(directory);
        assertThat(job(List.of("run"), "").newestCheckpoint(files)).isEmpty();
        Path job = files.checkpoints().resolve(ID);
        for (String name : List.of("chk-7", "chk-9", "chk-10")) {
            Files.createDirectories(job.resolve(name));
            Files.writeString(job.resolve(name).resolve("_metadata"), "x");
        }
        Files.createDirectories(job.resolve("chk-11"));

        assertThat(job(List.of("run"), "file:" + job.resolve("chk-7")).newestCheckpoint(files))
                .contains(job.resolve("chk-10").toUri().toString());
        assertThat(job(List.of("run"), "").newestCheckpoint(files))
                .contains(job.resolve("chk-10").toUri().toString());
        assertThat(job(List.of("run"), "s3://bucket/chk-3").newestCheckpoint(files))
                .contains("s3://bucket/chk-3");
        assertThat(job(List.of("run"), "file:" + directory.resolve("gone/chk-1"))
                        .newestCheckpoint(files))
                .isEmpty();
    }

    @Test
    void aFileOfItGivesTheSameAndIsForItsOwnerOnly() throws Exception {
        ClusterFiles files = new ClusterFiles(directory);
        SubmittedJob job = job(List.of("run", "x.jar", "--set", "a=\"b\""), "file:/c/chk-1");
        job.write(files);

        assertThat(SubmittedJob.all(files)).containsExactly(job);
        assertThat(Files.getPosixFilePermissions(files.jobs().resolve(ID + ".json")))
                .hasSize(2);
    }

    private SubmittedJob job(List<String> arguments, String checkpoint) {
        return new SubmittedJob(
                ID, arguments, directory, Map.of("CANDLEWICK_X", "y"), "RUNNING", checkpoint, 2, "note", "");
    }
}
