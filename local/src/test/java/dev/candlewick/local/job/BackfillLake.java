package dev.candlewick.local.job;

import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A lake of three days for backfills: busy around each midnight, with copies, shared ids, gaps and equal times. */
public final class BackfillLake {
    /** The first day. */
    public static final LocalDate FIRST = LocalDate.parse("2024-03-04");
    /** The last day. */
    public static final LocalDate LAST = LocalDate.parse("2024-03-06");

    static final String HEADER =
            "row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags\n";
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final List<String> SYMBOLS = List.of("AAA", "it's/BBB", "CCC");

    private BackfillLake() {}

    /** Writes the trades as CSV; the same bytes for the same seed. */
    public static void writeTrades(Path file, long seed, int trades) throws IOException {
        Random random = new Random(seed);
        long start = FIRST.toEpochDay() * DAY_NANOS;
        long[] times = new long[trades];
        for (int i = 0; i < trades; i++) {
            long time = (long) (random.nextDouble() * 3 * DAY_NANOS);
            if (random.nextInt(4) == 0) {
                // Around a midnight, by seconds.
                time = (1 + random.nextInt(2)) * DAY_NANOS + (long) (random.nextGaussian() * 20e9);
            }
            times[i] = start + Math.floorMod(time, 3 * DAY_NANOS) / 1_000_000 * 1_000_000;
        }
        java.util.Arrays.sort(times);
        int[] ids = new int[SYMBOLS.size()];
        long[] prices = {10_000, 250, 777_777};
        StringBuilder text = new StringBuilder(HEADER);
        List<String> recent = new ArrayList<>();
        for (int i = 0; i < trades; i++) {
            int symbol = random.nextInt(SYMBOLS.size());
            if (random.nextInt(50) == 0 && !recent.isEmpty()) {
                // A copy of a trade that came before.
                text.append(i)
                        .append(',')
                        .append(recent.get(random.nextInt(recent.size())))
                        .append('\n');
                continue;
            }
            // Now and then an id is used again, or one is left out.
            int id = random.nextInt(40) == 0 ? ids[symbol] : (ids[symbol] += random.nextInt(60) == 0 ? 3 : 1);
            if (random.nextInt(10) > 0) {
                prices[symbol] = Math.max(1, prices[symbol] + random.nextInt(21) - 10);
            }
            long price = prices[symbol] * (random.nextInt(500) == 0 ? 2 : 1);
            String row = "%d,%d,%s,%s,%d,%d.%02d,%d.%d,%s,,"
                    .formatted(
                            times[i] + 1_000_000L * random.nextInt(90),
                            times[i],
                            "v" + symbol % 2,
                            SYMBOLS.get(symbol),
                            id,
                            price / 100,
                            price % 100,
                            1 + random.nextInt(9),
                            random.nextInt(10),
                            random.nextBoolean() ? "buy" : "sell");
            text.append(i).append(',').append(row).append('\n');
            recent.add(row);
            if (recent.size() > 20) {
                recent.remove(0);
            }
        }
        Files.writeString(file, text);
    }

    /** Replays them into a lake. */
    public static void replay(Cli cli, String lake, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "replay", "--input", "trades.csv", "--format", "csv", "--output", lake, "--set", "parallelism=2"));
        arguments.addAll(List.of(more));
        Cli.Result result = cli.run(arguments.toArray(String[]::new));
        if (result.code() != 0) {
            throw new AssertionError(result.out() + result.err());
        }
    }

    /** The files of a day's trades. */
    public static List<Path> tradeFiles(Path lake, LocalDate day) {
        return LakeCatalog.open(lake, 1).files(LakeTable.TRADES).stream()
                .map(LakeFile::path)
                .filter(path -> path.toString().contains("day=%02d".formatted(day.getDayOfMonth())))
                .toList();
    }
}
