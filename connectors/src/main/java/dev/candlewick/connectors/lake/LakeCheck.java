package dev.candlewick.connectors.lake;

import dev.candlewick.core.reconcile.Cause;
import dev.candlewick.core.reconcile.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks files against the manifests that name them: there, whole, of the right table, the published bytes, rows of the
 * partition's day.
 */
public final class LakeCheck {
    private static final Pattern DAY = Pattern.compile("year=(\\d{4})/month=(\\d{2})/day=(\\d{2})$");

    private LakeCheck() {}

    /**
     * What a check found.
     *
     * @param findings what is wrong, by partition and file
     * @param readable files that can be read, those with another content than published among them
     */
    public record Result(List<Finding> findings, List<LakeFile> readable) {
        /** Copies the lists. */
        public Result {
            findings = List.copyOf(findings);
            readable = List.copyOf(readable);
        }
    }

    /**
     * Checks files of one table.
     *
     * @param files as their manifests name them
     */
    public static Result check(LakeCatalog catalog, List<LakeFile> files) {
        List<Finding> findings = new ArrayList<>();
        List<LakeFile> readable = new ArrayList<>();
        for (LakeFile file : files) {
            if (check(catalog, file, findings)) {
                readable.add(file);
            }
        }
        return new Result(findings, readable);
    }

    private static boolean check(LakeCatalog catalog, LakeFile file, List<Finding> findings) {
        if (!Files.isRegularFile(file.path())) {
            findings.add(finding(
                    file,
                    Finding.Code.FILE_MISSING,
                    Cause.LOST_IN_ARCHIVE,
                    "is named by its manifest and is not there"));
            return false;
        }
        LakeFile found;
        String digest;
        try {
            found = LakeFiles.inspect(
                    file.path(), catalog.lake(), file.table(), catalog.scales(), file.generation(), file.run(), false);
            digest = file.sha256() == null ? null : LakeFiles.sha256(file.path());
        } catch (LakeException | IOException e) {
            findings.add(finding(
                    file,
                    Finding.Code.FILE_BROKEN,
                    Cause.LOST_IN_ARCHIVE,
                    "cannot be read as it was published: " + e.getMessage()));
            return false;
        }
        if (!Objects.equals(digest, file.sha256()) || found.rows() != file.rows() || found.bytes() != file.bytes()) {
            findings.add(finding(
                    file,
                    Finding.Code.FILE_CHANGED,
                    Cause.ALTERED,
                    "is not the one that was published: " + found.rows() + " rows, SHA-256 " + digest
                            + ", but the manifest says " + file.rows() + " rows, SHA-256 " + file.sha256()));
        }
        checkDay(file, found, findings);
        return true;
    }

    private static void checkDay(LakeFile file, LakeFile found, List<Finding> findings) {
        Matcher matcher = DAY.matcher(file.partition());
        Long min = found.minTimeNanos();
        Long max = found.maxTimeNanos();
        if (min == null || max == null || file.table() == LakeTable.REJECTED || !matcher.find()) {
            return;
        }
        try {
            long from = TimeUnit.SECONDS.toNanos(LocalDate.of(
                            Integer.parseInt(matcher.group(1)),
                            Integer.parseInt(matcher.group(2)),
                            Integer.parseInt(matcher.group(3)))
                    .atStartOfDay(ZoneOffset.UTC)
                    .toEpochSecond());
            if (min < from || max >= from + TimeUnit.DAYS.toNanos(1)) {
                findings.add(new Finding(
                        Finding.Code.WRONG_DAY,
                        Cause.ALTERED,
                        file.table().directory(),
                        file.partition(),
                        name(file),
                        min,
                        max,
                        found.rows(),
                        "file " + name(file) + " holds rows from " + min + " to " + max
                                + " ns, which is not the day of its partition " + file.partition()));
            }
        } catch (DateTimeException e) {
            findings.add(finding(
                    file, Finding.Code.WRONG_DAY, Cause.ALTERED, "lies in a partition of a day that does not exist"));
        }
    }

    private static Finding finding(LakeFile file, Finding.Code code, Cause cause, String what) {
        return new Finding(
                code,
                cause,
                file.table().directory(),
                file.partition(),
                name(file),
                file.minTimeNanos(),
                file.maxTimeNanos(),
                file.rows(),
                "file " + name(file) + " of " + file.partition() + " " + what + " (rows from " + file.minTimeNanos()
                        + " to " + file.maxTimeNanos() + " ns)");
    }

    private static @Nullable String name(LakeFile file) {
        Path name = file.path().getFileName();
        return name == null ? null : name.toString();
    }
}
