package dev.candlewick.batch.backfill;

import dev.candlewick.core.ledger.LedgerRow;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Double entries of days as counts in their markers, and their sum over days. */
final class DayLedger {
    private static final String PREFIX = "ledger/";
    private static final List<String> FIELDS =
            List.of("read", "filtered", "rejected", "duplicate", "late", "accepted", "published", "open", "residual");

    private DayLedger() {}

    static void put(List<LedgerRow> ledger, Map<String, Long> counts) {
        for (LedgerRow row : ledger) {
            String name = row.scope().equals(LedgerRow.PARTITION) ? row.readPartition() : row.interval();
            long[] values = values(row);
            for (int i = 0; i < values.length; i++) {
                counts.merge(PREFIX + row.scope() + "/" + FIELDS.get(i) + "/" + name, values[i], Long::sum);
            }
        }
    }

    private static long[] values(LedgerRow row) {
        return new long[] {
            row.read(),
            row.filtered(),
            row.rejected(),
            row.duplicate(),
            row.late(),
            row.accepted(),
            row.published(),
            row.open(),
            row.residual()
        };
    }

    static boolean isLedger(String count) {
        return count.startsWith(PREFIX);
    }

    /** The sums over days: partitions by name, then intervals in the given order. */
    static List<LedgerRow> sum(Collection<Map<String, Long>> days, List<String> intervals) {
        Map<String, long[]> partitions = new TreeMap<>();
        Map<String, long[]> byInterval = new TreeMap<>();
        for (Map<String, Long> day : days) {
            day.forEach((key, value) -> {
                if (isLedger(key)) {
                    String[] parts = key.substring(PREFIX.length()).split("/", 3);
                    Map<String, long[]> into = parts[0].equals(LedgerRow.PARTITION) ? partitions : byInterval;
                    into.computeIfAbsent(parts[2], name -> new long[FIELDS.size()])[FIELDS.indexOf(parts[1])] += value;
                }
            });
        }
        List<LedgerRow> rows = new ArrayList<>();
        partitions.forEach((name, sums) -> rows.add(row(LedgerRow.PARTITION, name, "", sums)));
        for (String interval : intervals) {
            long[] sums = byInterval.get(interval);
            if (sums != null) {
                rows.add(row(LedgerRow.INTERVAL, "", interval, sums));
            }
        }
        return rows;
    }

    private static LedgerRow row(String scope, String partition, String interval, long[] sums) {
        return new LedgerRow(
                scope, partition, interval, sums[0], sums[1], sums[2], sums[3], sums[4], sums[5], sums[6], sums[7],
                sums[8]);
    }
}
