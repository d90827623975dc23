package dev.candlewick.connectors.lake;

import dev.candlewick.connectors.lake.rows.StoredRow;
import dev.candlewick.connectors.lake.rows.StoredRowReader;
import dev.candlewick.connectors.lake.rows.StoredRowWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Carries rows of the version below into the partitions that an overlay covers: one staged file for each file that holds
 * any, with every column as readers see it, {@code generation} filled in.
 */
final class LakeCarry {
    private static final String PREFIX = "carried-";

    private LakeCarry() {}

    static boolean isCarried(Path file) {
        return String.valueOf(file.getFileName()).startsWith(PREFIX);
    }

    /** Removes what an earlier publication of this run, which did not come to its end, has carried. */
    static void remove(LakeRun run) throws IOException {
        for (LakeTable table : LakeTable.values()) {
            Path written = LakeRun.versionDirectory(run.staging(), table, run.version());
            for (Map.Entry<Path, List<Path>> partition :
                    LakeFiles.byPartition(written).entrySet()) {
                for (Path file : partition.getValue()) {
                    if (isCarried(file)) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    static void carry(LakeRun run, LakePublisher.Instruments instruments) throws IOException {
        LakeOverlay overlay = run.overlay();
        if (overlay == null) {
            throw new IllegalStateException("run that carries rows over must lie over a version, was " + run.run());
        }
        LakeCatalog base = LakeCatalog.open(run.lake(), overlay.base());
        for (LakeCover cover : overlay.covers()) {
            if (StoredRow.column(cover.table(), "symbol") < 0) {
                throw new LakeException(
                        LakeException.Kind.USAGE,
                        "tables covered for some instruments must have instruments, was "
                                + cover.table().directory() + " (run=" + run.run() + ")");
            }
        }
        for (LakeTable table : LakeTable.values()) {
            for (LakeManifest manifest : base.manifests(table)) {
                if (overlay.covers(manifest.place())) {
                    for (LakeFile file : manifest.files()) {
                        carry(run, manifest.place(), file, instruments);
                    }
                }
            }
        }
    }

    private static void carry(LakeRun run, LakePartition place, LakeFile file, LakePublisher.Instruments instruments)
            throws IOException {
        LakeTable table = file.table();
        int venue = StoredRow.column(table, "venue");
        int symbol = StoredRow.column(table, "symbol");
        int generation = StoredRow.column(table, LakeTable.GENERATION);
        StoredRowWriter writer = null;
        try (StoredRowReader reader = StoredRowReader.open(file.path(), table)) {
            for (StoredRow row = reader.next(); row != null; row = reader.next()) {
                String name = row.text(symbol);
                if (name == null || !instruments.contains(Objects.requireNonNull(row.text(venue)), name)) {
                    continue;
                }
                if (writer == null) {
                    Path directory =
                            run.staging().resolve(place.in(run.version()).path());
                    Files.createDirectories(directory);
                    writer = StoredRowWriter.create(
                            directory.resolve(
                                    PREFIX + Objects.requireNonNull(file.path().getFileName())),
                            table,
                            run.scales());
                }
                if (row.get(generation) == null) {
                    row.set(generation, file.generation());
                }
                writer.write(row);
            }
        } finally {
            if (writer != null) {
                writer.close();
            }
        }
    }
}
