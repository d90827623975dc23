package dev.candlewick.local.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.job.BackfillLake;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backfill whose process is killed at any moment: nobody sees half of it, and the next one goes on where it was. */
final class BackfillKillTest {
    private static final String TABLES = "candles,vwap,quality,reports,trades";

    @TempDir
    private Path directory;

    /** A moment of a run that can be seen from outside. */
    private record Moment(String name, BooleanSupplier isReached) {}

    @Test
    void killedAtEachStepItEndsWithTheRowsOfAnUndisturbedRun() throws Exception {
        long seed = Long.getLong("candlewick.seed", 20_240_306L);
        Random random = new Random(seed);
        Cli cli = new Cli(directory);
        BackfillLake.writeTrades(directory.resolve("trades.csv"), seed, 9_000);
        BackfillLake.replay(cli, "lake");
        BackfillLake.replay(cli, "quiet");
        String original = dump(cli, "lake");
        Path lake = directory.resolve("lake");

        List<Moment> moments = List.of(
                new Moment("claimed", () -> find(lake, "staging.json") > 0),
                new Moment("writing the first day", () -> find(lake, ".parquet") > 0 && parts(lake) == 0),
                new Moment("first day whole", () -> parts(lake) >= 1),
                new Moment("second day whole", () -> parts(lake) >= 2),
                new Moment("publishing", () -> parts(lake) >= 3));
        boolean published = false;
        for (Moment moment : moments) {
            try (JobProcess run = JobProcess.start(directory, "run-" + moments.indexOf(moment), command("lake"))) {
                run.await(moment.name(), moment.isReached());
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(150)));
                run.kill();
            }
            published = LakeCatalog.open(lake).version() != 1;
            if (published) {
                break;
            }
            assertThat(dump(cli, "lake"))
                    .as("killed at %s, seed %d", moment.name(), seed)
                    .isEqualTo(original);
        }
        try (JobProcess last = JobProcess.start(directory, "run-last", command("lake"))) {
            assertThat(last.exitCode()).as(last.out() + last.err()).isZero();
            if (published) {
                assertThat(last.err()).contains("nothing to do");
            } else {
                assertThat(last.err()).contains("resuming run backfill-").contains("3 skipped");
                assertThat(last.out()).contains("was whole when the run was interrupted");
            }
        }
        try (JobProcess quiet = JobProcess.start(directory, "quiet-run", command("quiet"))) {
            assertThat(quiet.exitCode()).as(quiet.out() + quiet.err()).isZero();
        }
        assertThat(dump(cli, "lake"))
                .as("seed " + seed)
                .isEqualTo(dump(cli, "quiet"))
                .isNotEqualTo(original);

        // Every file that lies there is one that readers know, each once
        LakeCatalog catalog = LakeCatalog.open(lake);
        assertThat(catalog.versions()).containsExactly(2, 1);
        assertThat(LakeFileNames.below(lake, "version=2"))
                .containsExactlyInAnyOrderElementsOf(named(catalog, "version=2"));
        try (Stream<Path> entries = Files.list(lake)) {
            assertThat(entries.map(path -> path.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".staging"));
        }
    }

    private List<String> command(String lake) {
        return List.of(
                "backfill",
                "--lake",
                directory.resolve(lake).toString(),
                "--from",
                BackfillLake.FIRST.toString(),
                "--to",
                BackfillLake.LAST.toString(),
                "--fill",
                "carry",
                "--intervals",
                "1m,5m",
                "--set",
                "parallelism=2",
                "-o",
                "csv");
    }

    private static String dump(Cli cli, String lake) {
        Cli.Result result = cli.run("dump", "--lake", lake, "--canonical", "--table", TABLES);
        assertThat(result.code()).as(result.err()).isZero();
        // The two lakes read the same file, but not at the same moment.
        return result.out().replaceAll("\"ingest_time_ns\":[0-9]+", "");
    }

    private static List<String> named(LakeCatalog catalog, String version) {
        List<String> names = new ArrayList<>();
        for (LakeTable table : LakeTable.values()) {
            for (LakeFile file : catalog.files(table)) {
                if (file.path().toString().contains("/" + version + "/")) {
                    names.add(catalog.lake().relativize(file.path()).toString());
                }
            }
        }
        return names;
    }

    private static int parts(Path lake) {
        return count(
                lake,
                path -> path.getParent().getFileName().toString().equals("parts")
                        && path.getFileName().toString().matches("[0-9-]+\\.json"));
    }

    private static int find(Path lake, String text) {
        return count(
                lake,
                path -> path.toString().contains(".staging-backfill-")
                        && path.getFileName().toString().contains(text));
    }

    private static int count(Path lake, java.util.function.Predicate<Path> which) {
        try (Stream<Path> files = Files.walk(lake)) {
            return (int) files.filter(which).count();
        } catch (UncheckedIOException | NoSuchFileException e) {
            // It was moved while it was looked at.
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Data files as they lie there. */
    private static final class LakeFileNames {
        static List<String> below(Path lake, String version) throws IOException {
            try (Stream<Path> files = Files.walk(lake)) {
                return files.filter(Files::isRegularFile)
                        .filter(path -> path.toString().contains("/" + version + "/"))
                        .filter(path -> !path.getFileName().toString().startsWith("_manifest"))
                        .map(path -> lake.relativize(path).toString())
                        .toList();
            }
        }
    }
}
