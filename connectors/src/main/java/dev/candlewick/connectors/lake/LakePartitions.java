package dev.candlewick.connectors.lake;

import java.io.Serial;
import java.io.Serializable;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names of partition directories by table, version, interval and UTC day; made once per day and kept, for one thread.
 *
 * <p>Nothing that comes from the input but the day takes part, so no symbol or venue can reach a path.
 */
final class LakePartitions implements Serializable {
    @Serial
    private static final long serialVersionUID = 1L;

    static final long DAY_NANOS = 86_400_000_000_000L;

    private static final Pattern INTERVAL_NAME = Pattern.compile("[0-9]{1,9}(ms|s|m|h)");

    private final String head;
    private transient @Nullable Map<Long, String> names;
    private transient long lastDay;
    private transient @Nullable String lastName;

    LakePartitions(LakeTable table, int version, @Nullable String interval) {
        if (interval != null && !INTERVAL_NAME.matcher(interval).matches()) {
            throw new IllegalArgumentException(
                    "interval must be a whole number and one of ms, s, m, h, was '" + interval + "' (lake partition)");
        }
        this.head = table.directory() + "/version=" + version + (interval == null ? "" : "/interval=" + interval);
    }

    /** The partition of a time in nanoseconds since the epoch, relative to the root. */
    String at(long nanos) {
        long day = Math.floorDiv(nanos, DAY_NANOS);
        String name = lastName;
        if (name == null || day != lastDay) {
            if (names == null) {
                names = new HashMap<>();
            }
            name = names.computeIfAbsent(day, this::name);
            lastName = name;
            lastDay = day;
        }
        return name;
    }

    private String name(long day) {
        LocalDate date = LocalDate.ofEpochDay(day);
        return head + "/year=" + date.getYear() + "/month=" + twoDigits(date.getMonthValue()) + "/day="
                + twoDigits(date.getDayOfMonth());
    }

    private static String twoDigits(int value) {
        return value < 10 ? "0" + value : Integer.toString(value);
    }
}
