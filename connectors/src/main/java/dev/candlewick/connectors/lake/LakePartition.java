package dev.candlewick.connectors.lake;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a partition's directory says: table, version, interval and UTC day; immutable.
 *
 * @param table the table
 * @param version the lake version that the partition belongs to
 * @param interval the interval's name where the table has intervals, else null
 * @param day the event date in UTC
 */
public record LakePartition(
        LakeTable table, int version, @Nullable String interval, LocalDate day) {
    private static final Pattern PATH =
            Pattern.compile("([a-z]+)/version=([0-9]{1,9})(?:/interval=([0-9]{1,9}[a-z]{1,2}))?"
                    + "/year=(-?[0-9]{1,6})/month=([0-9]{2})/day=([0-9]{2})");

    /**
     * Reads a directory's name relative to the lake, as in {@link LakeManifest#partition()}.
     *
     * @throws LakeException of kind MISMATCH where it is none
     */
    public static LakePartition parse(String path) {
        Matcher matcher = PATH.matcher(path);
        if (matcher.matches()) {
            LakeTable table = LakeTable.byName(matcher.group(1));
            String interval = matcher.group(3);
            if (table != null && table.hasInterval() == (interval != null)) {
                try {
                    LocalDate day = LocalDate.of(
                            Integer.parseInt(matcher.group(4)),
                            Integer.parseInt(matcher.group(5)),
                            Integer.parseInt(matcher.group(6)));
                    return new LakePartition(table, Integer.parseInt(matcher.group(2)), interval, day);
                } catch (DateTimeException e) {
                    throw malformed(path, e);
                }
            }
        }
        throw malformed(path, null);
    }

    private static LakeException malformed(String path, @Nullable Throwable cause) {
        String message = "partition must be <table>/version=N[/interval=I]/year=Y/month=MM/day=DD, was '" + path + "'";
        return cause == null
                ? new LakeException(LakeException.Kind.MISMATCH, message)
                : new LakeException(LakeException.Kind.MISMATCH, message, cause);
    }

    /** The directory relative to the lake. */
    public String path() {
        return table.directory() + "/version=" + version + "/" + tail();
    }

    /** The part of the directory that is the same in every version. */
    String tail() {
        return (interval == null ? "" : "interval=" + interval + "/") + "year=" + day.getYear() + "/month="
                + twoDigits(day.getMonthValue()) + "/day=" + twoDigits(day.getDayOfMonth());
    }

    /** The same table, interval and day in another version. */
    public LakePartition in(int otherVersion) {
        return new LakePartition(table, otherVersion, interval, day);
    }

    private static String twoDigits(int value) {
        return value < 10 ? "0" + value : Integer.toString(value);
    }

    @Override
    public String toString() {
        return Objects.requireNonNull(path());
    }
}
