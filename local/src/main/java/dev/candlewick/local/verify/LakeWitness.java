package dev.candlewick.local.verify;

import dev.candlewick.connectors.lake.LakeAudit;
import dev.candlewick.connectors.lake.LakeAudit.Finding;
import dev.candlewick.connectors.lake.LakeAudit.Kind;
import dev.candlewick.connectors.lake.LakeAudit.Partition;
import dev.candlewick.connectors.lake.LakeCatalog;
import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakePartition;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.local.lake.LakeDatabase;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes candles and rolling VWAP of a lake version from its table {@code trades} in SQL and compares them field by
 * field; one use, one thread.
 *
 * <p>It goes piece by piece, a day or less, so that memory is bounded by DuckDB's limit and a piece. The rules are those of
 * the design's section 4, written down a second time: windows, total order, copies, late trades, flags, fills, VWAP and the
 * digest. {@code OUTLIER} is the one flag that is not recomputed: it is a verdict of statistics over neighbours.
 */
final class LakeWitness {
    private static final long DAY_NANOS = 86_400_000_000_000L;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private static final List<String> CANDLE_FIELDS = List.of(
            "end_ns",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "notional",
            "vwap",
            "trades",
            "first_trade_ns",
            "last_trade_ns",
            "final",
            "digest",
            "flags",
            "profile");
    private static final List<String> VWAP_FIELDS = List.of("vwap", "volume", "notional", "trades", "profile");

    /** What was done. */
    static final class Summary {
        long days;
        long candles;
        long vwapRows;
        long accepted;
        long copies;
        long lateArchived;
        long missingTrades;
        final Map<String, Long> skipped = new LinkedHashMap<>();
    }

    /** Takes what is found. */
    interface Findings {
        /**
         * One fault of a row.
         *
         * @param missingTrades how many trades the row holds too few
         */
        void found(Finding finding, long missingTrades);

        /** Faults that are counted and no more. */
        void more(Kind kind, LakeTable table, long count);
    }

    private record Range(long from, long to) {}

    private final LakeDatabase database;
    private final LakeCatalog catalog;
    private final Map<Integer, WitnessSettings> byVersion;
    private final Findings findings;
    private final Collection<Partition> broken;
    private final Set<LakeTable> tables;
    private final long limit;
    private final long rowsPerPiece;
    private final Consumer<String> progress;
    private final Summary summary = new Summary();
    private final int priceScale;
    private final int sizeScale;
    private final int notionalScale;
    private final Map<LakeTable, Long> details = new EnumMap<>(LakeTable.class);

    /** Those of the version that answers for the day in work. */
    private WitnessSettings settings;

    /** End of the newest published window of an unfinished version; {@link Long#MAX_VALUE} where all are published. */
    private long closedNanos = Long.MAX_VALUE;

    /**
     * A witness of a version.
     *
     * @param byVersion what decides the rows, by the versions that the catalog shows
     * @param broken partitions that cannot be read in whole
     * @param tables which of candles and vwap are compared
     * @param limit how many faults of a table are told one by one
     * @param rowsPerPiece how many trades are looked at together
     */
    LakeWitness(
            LakeDatabase database,
            LakeCatalog catalog,
            Map<Integer, WitnessSettings> byVersion,
            Collection<Partition> broken,
            Set<LakeTable> tables,
            Findings findings,
            long limit,
            long rowsPerPiece,
            Consumer<String> progress) {
        this.database = database;
        this.catalog = catalog;
        this.byVersion = byVersion;
        this.settings = Objects.requireNonNull(byVersion.get(catalog.version()));
        this.broken = broken;
        this.tables = tables;
        this.findings = findings;
        this.limit = limit;
        this.rowsPerPiece = rowsPerPiece;
        this.progress = progress;
        this.priceScale = catalog.scales().priceScale();
        this.sizeScale = catalog.scales().sizeScale();
        this.notionalScale = catalog.scales().notionalScale();
    }

    /**
     * Recomputes and compares the windows that start in a range of time.
     *
     * @param fromNanos a day's start, {@link Long#MIN_VALUE} for all
     * @param toNanos the end of a day, {@link Long#MAX_VALUE} for all
     */
    Summary compare(long fromNanos, long toNanos) throws SQLException {
        for (String macro : TradeHashSql.macros()) {
            run(macro);
        }
        prepare(fromNanos);
        SortedSet<Long> days = days(fromNanos, toNanos);
        for (long day : days) {
            progress.accept(LocalDate.ofEpochDay(Math.floorDiv(day, DAY_NANOS)).toString());
            settings = settingsOf(day);
            for (Range piece : pieces(day)) {
                comparePiece(piece);
            }
            summary.days++;
        }
        if (settings.carries() && tables.contains(LakeTable.CANDLES)) {
            closeOpenGaps(toNanos);
            for (long day : daysOfFills(days)) {
                settings = settingsOf(day);
                compareFills(new Range(Math.max(day, fromNanos), Math.min(day + DAY_NANOS, toNanos)));
            }
        }
        return summary;
    }

    /** The settings of the run that answers for the candles of a day. */
    private WitnessSettings settingsOf(long day) {
        LakePartition place = new LakePartition(
                LakeTable.CANDLES,
                catalog.version(),
                settings.names().get(0),
                LocalDate.ofEpochDay(Math.floorDiv(day, DAY_NANOS)));
        return Objects.requireNonNull(byVersion.get(catalog.owner(place)));
    }

    // Pieces

    private SortedSet<Long> days(long fromNanos, long toNanos) {
        SortedSet<Long> days = new TreeSet<>();
        for (LakeTable table : List.of(LakeTable.TRADES, LakeTable.CANDLES, LakeTable.VWAP)) {
            for (LakeFile file : catalog.files(table)) {
                Long min = file.minTimeNanos();
                Long max = file.maxTimeNanos();
                if (min == null || max == null) {
                    continue;
                }
                if (table == LakeTable.TRADES) {
                    // The windows of these trades may start on the day before, their VWAP rows end on the day after.
                    for (long length : settings.lengths()) {
                        days.add(dayOf(min - Math.floorMod(min, length)));
                    }
                    if (!settings.vwap().equals("OFF")) {
                        long reach = settings.vwap().equals("ACTIVE") ? 1 : WitnessSettings.VWAP_SECONDS;
                        days.add(dayOf(max + reach * SECOND_NANOS));
                    }
                }
                days.add(dayOf(min));
                days.add(dayOf(max));
            }
        }
        days.removeIf(day -> day < fromNanos || day >= toNanos);
        return days;
    }

    private static long dayOf(long nanos) {
        return nanos - Math.floorMod(nanos, DAY_NANOS);
    }

    /** A day in equal pieces of whole windows, few enough rows in each. */
    private List<Range> pieces(long day) {
        long rows = 0;
        for (LakeFile file : catalog.files(LakeTable.TRADES)) {
            if (overlaps(file, day, day + DAY_NANOS)) {
                rows += file.rows();
            }
        }
        long wanted = Math.max(1, (rows + rowsPerPiece - 1) / rowsPerPiece);
        long length =
                Math.max(DAY_NANOS / Math.min(wanted, 1_000), Math.max(60 * SECOND_NANOS, settings.coarsestNanos()));
        length = (length + settings.coarsestNanos() - 1) / settings.coarsestNanos() * settings.coarsestNanos();
        List<Range> pieces = new ArrayList<>();
        for (long at = day; at < day + DAY_NANOS; at += length) {
            pieces.add(new Range(at, Math.min(at + length, day + DAY_NANOS)));
        }
        return pieces;
    }

    private static boolean overlaps(LakeFile file, long from, long to) {
        Long min = file.minTimeNanos();
        Long max = file.maxTimeNanos();
        return min == null || max == null || (min < to && max >= from);
    }

    private void narrow(Range times, Range outputs) throws SQLException {
        database.narrow(catalog.restrictedTo(file -> switch (file.table()) {
            case TRADES -> overlaps(file, times.from(), times.to());
            case CANDLES, VWAP -> overlaps(file, outputs.from(), outputs.to());
            default -> false;
        }));
    }

    // State over pieces

    private void prepare(long fromNanos) throws SQLException {
        run("CREATE OR REPLACE TEMP TABLE cw_last (venue VARCHAR, symbol VARCHAR, len BIGINT, end_ns BIGINT, close "
                + price() + ")");
        run("CREATE OR REPLACE TEMP TABLE cw_gaps (venue VARCHAR, symbol VARCHAR, len BIGINT, gap_start BIGINT, gap_end"
                + " BIGINT, close " + price() + ", sure BOOLEAN)");
        run("CREATE OR REPLACE TEMP TABLE cw_scales (symbol VARCHAR, cut HUGEINT)");
        if (catalog.isStreaming() && !isFinished()) {
            Long closed = number("SELECT max(x) FROM (SELECT max(end_ns) x FROM candles UNION ALL SELECT max(at_ns)"
                    + " FROM vwap)");
            closedNanos = closed == null ? Long.MIN_VALUE : closed - settings.latenessNanos();
        }
        if (settings.carries() && fromNanos != Long.MIN_VALUE) {
            // What was published before is believed here: it lies outside of what was asked for.
            for (int i = 0; i < settings.names().size(); i++) {
                run("INSERT INTO cw_last SELECT venue, symbol, "
                        + settings.lengths().get(i)
                        + ", max(end_ns), arg_max(close, end_ns) FROM candles WHERE \"interval\" = "
                        + LakeDatabase.text(settings.names().get(i)) + " AND start_ns < " + fromNanos
                        + " AND NOT list_contains(flags, 'SYNTHETIC') GROUP BY venue, symbol");
            }
        }
    }

    /** Whether the double entry tells that no candle is open. */
    private boolean isFinished() {
        return catalog.ledger().stream().anyMatch(row -> row.open() != null)
                && catalog.ledger().stream().allMatch(row -> {
                    Long open = row.open();
                    return open == null || open == 0;
                });
    }

    private void comparePiece(Range piece) throws SQLException {
        long reach = Math.max((WitnessSettings.VWAP_SECONDS + 1) * SECOND_NANOS, settings.horizonNanos());
        Range times = new Range(piece.from() - reach, piece.to() + settings.coarsestNanos());
        narrow(times, piece);
        takeCopies(times);
        boolean healed = !settings.acceptsLate()
                && Objects.requireNonNullElse(
                                number("SELECT (SELECT count(*) FROM candles WHERE reason = 'HEAL' AND "
                                        + within("start_ns", piece)
                                        + ") + (SELECT count(*) FROM vwap WHERE reason = 'HEAL' AND "
                                        + within("at_ns", piece) + ")"),
                                0L)
                        > 0;
        expected(piece, settings.acceptsLate());
        if (healed) {
            run("CREATE OR REPLACE TEMP TABLE cw_bars_stream AS FROM cw_bars");
            run("CREATE OR REPLACE TEMP TABLE cw_rows_stream AS FROM cw_rows");
            expected(piece, true);
            mix("cw_bars", "candles", "start_ns", "len", piece);
            mix("cw_rows", "vwap", "at_ns", null, piece);
        }
        count(piece);
        chain(piece);
        if (tables.contains(LakeTable.CANDLES)) {
            compareCandles(piece);
            compareRevisions(
                    LakeTable.CANDLES, "candle_revisions", List.of("venue", "symbol", "interval", "start_ns"), piece);
        }
        if (tables.contains(LakeTable.VWAP) && !settings.vwap().equals("OFF")) {
            compareVwap(piece);
            compareRevisions(LakeTable.VWAP, "vwap_revisions", List.of("venue", "symbol", "at_ns"), piece);
        }
    }

    /** Revisions count from 0; the first one alone is CLOSED, or HEAL where the stream had published nothing. */
    private void compareRevisions(LakeTable table, String view, List<String> key, Range piece) throws SQLException {
        String time = key.get(key.size() - 1);
        StringJoiner names = new StringJoiner(", ");
        key.forEach(column -> names.add("\"" + column + "\""));
        run("CREATE OR REPLACE TEMP TABLE cw_differences AS SELECT * FROM (SELECT " + names
                + ", 'altered' AS what, CAST(0 AS BIGINT) AS more, [CAST(range(count(*)) AS VARCHAR),"
                + " CAST(list(revision ORDER BY revision) AS VARCHAR), 'CLOSED or HEAL first and then LATE, HEAL, CANCEL or CORRECT',"
                + " CAST(list(reason ORDER BY revision) AS VARCHAR)] AS held, min(revision) <> 0 OR max(revision) <>"
                + " count(*) - 1 AS gap, bool_or((reason = 'CLOSED' AND revision <> 0) OR (revision = 0 AND reason NOT"
                + " IN ('CLOSED', 'HEAL')) OR reason NOT IN ('CLOSED', 'LATE',"
                + " 'HEAL', 'CANCEL', 'CORRECT')) AS wrong FROM " + view + " WHERE " + within(time, piece)
                + " GROUP BY ALL"
                + " HAVING gap OR wrong) WHERE " + unreadable(table, "\"interval\"", time));
        tell(table, key, List.of("revision", "reason"));
    }

    /** Takes rows whose newest revision is a healed one from the truth that takes late trades, all others from the stream's. */
    private void mix(String table, String view, String time, @Nullable String length, Range piece) throws SQLException {
        String key = length == null ? "venue, symbol, at_ns" : "venue, symbol, len, start_ns";
        String healed = length == null
                ? "SELECT venue, symbol, at_ns FROM vwap WHERE reason = 'HEAL' AND " + within(time, piece)
                : "SELECT venue, symbol, " + lengthOf("\"interval\"") + " AS len, start_ns FROM " + view
                        + " WHERE reason = 'HEAL' AND " + within(time, piece);
        run("CREATE OR REPLACE TEMP TABLE cw_healed AS " + healed);
        run("CREATE OR REPLACE TEMP TABLE cw_mixed AS SELECT b.* FROM " + table + " b SEMI JOIN cw_healed USING (" + key
                + ") UNION ALL SELECT s.* FROM " + table + "_stream s ANTI JOIN cw_healed USING (" + key + ")");
        run("CREATE OR REPLACE TEMP TABLE " + table + " AS FROM cw_mixed");
    }

    private String lengthOf(String interval) {
        StringBuilder sql = new StringBuilder("CASE ").append(interval);
        for (int i = 0; i < settings.names().size(); i++) {
            sql.append(" WHEN ")
                    .append(LakeDatabase.text(settings.names().get(i)))
                    .append(" THEN ")
                    .append(settings.lengths().get(i));
        }
        return sql.append(" END").toString();
    }

    // Trades

    private void takeCopies(Range times) throws SQLException {
        run("CREATE OR REPLACE TEMP TABLE cw_copies AS SELECT "
                + (settings.consolidated() ? "'CONSOLIDATED'" : "venue")
                + " AS venue, venue AS trade_venue, symbol, event_time_ns AS t, \"sequence\" AS seq, trade_id AS id, price,"
                + " size, side, conditions, source_partition AS pp, source_position AS po, late, "
                + start("event_time_ns", settings.lengths().get(0)) + " AS start_ns FROM trades WHERE "
                + within("event_time_ns", times));
        run(TradeHashSql.seeds("cw_copies"));
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT DISTINCT symbol FROM cw_copies ANTI JOIN cw_scales" + " USING (symbol)")) {
            StringJoiner values = new StringJoiner(",");
            while (result.next()) {
                String symbol = result.getString(1);
                // A VWAP has the decimals of the instrument's prices, twelve at least; the lake's column may have more.
                int decimals = Math.max(12, settings.priceScales().scaleOf(symbol));
                values.add("(" + LakeDatabase.text(symbol) + "," + BigInteger.TEN.pow(priceScale - decimals) + ")");
            }
            if (values.length() > 0) {
                run("INSERT INTO cw_scales VALUES " + values);
            }
        }
    }

    /** Tables {@code cw_bars} and {@code cw_rows}: the candles and VWAP rows that must be there. */
    private void expected(Range piece, boolean acceptsLate) throws SQLException {
        String taken = acceptsLate ? "true" : "NOT late";
        boolean fingerprint = settings.dedup().equals("FINGERPRINT");
        String identity =
                "venue, trade_venue, symbol, start_ns, t, price, size, " + (fingerprint ? "side, conditions" : "id");
        String copies = switch (settings.dedup()) {
            case "FINGERPRINT" -> "1";
            case "NONE" -> "count(*)";
            default -> "CASE WHEN id IS NULL THEN count(*) ELSE 1 END";
        };
        run("CREATE OR REPLACE TEMP TABLE cw_accepted AS SELECT " + identity + ", CAST(" + copies
                + " AS DECIMAL(18,0)) AS n FROM cw_copies WHERE " + taken + " GROUP BY " + identity);
        long finest = settings.lengths().get(0);
        run("CREATE OR REPLACE TEMP TABLE cw_base AS SELECT venue, symbol, start_ns, CAST(sum(n) AS BIGINT) AS trades,"
                + " max(price) AS high, min(price) AS low, sum(n * size) AS volume, sum(n * (price * size)) AS notional,"
                + " min(t) AS first_t, max(t) AS last_t, sum(CAST(n AS HUGEINT) * dh) AS dh, sum(CAST(n AS HUGEINT) * dl)"
                + " AS dl FROM ("
                + TradeHashSql.hashed(
                        "FROM cw_accepted WHERE start_ns >= " + piece.from(),
                        "venue, symbol, start_ns, t, price, size, n",
                        !fingerprint)
                + ") GROUP BY venue, symbol, start_ns");
        suspects(taken, fingerprint, piece);
        run("CREATE OR REPLACE TEMP TABLE cw_bars AS SELECT b.venue, b.symbol, CAST(" + finest + " AS BIGINT) AS len,"
                + " b.start_ns, trades, high, low, volume, notional, first_t, last_t, dh, dl, s.start_ns IS NOT NULL AS"
                + " suspect, c.start_ns IS NOT NULL AS conflict, volume = 0 AS zero FROM cw_base b"
                + " LEFT JOIN cw_suspects s USING (venue, symbol, start_ns)"
                + " LEFT JOIN cw_conflicts c USING (venue, symbol, start_ns)");
        for (int i = 1; i < settings.lengths().size(); i++) {
            long length = settings.lengths().get(i);
            run("INSERT INTO cw_bars SELECT venue, symbol, " + length + ", " + start("start_ns", length)
                    + " AS s, CAST(sum(trades) AS BIGINT), max(high), min(low), sum(volume), sum(notional), min(first_t),"
                    + " max(last_t), sum(dh), sum(dl), bool_or(suspect), bool_or(conflict), bool_or(zero)"
                    + " FROM cw_bars WHERE len = "
                    + settings.lengths().get(settings.bases().get(i))
                    + " GROUP BY venue, symbol, s HAVING s >= " + piece.from());
        }
        // The first and the last trade of a window are among those of its finest windows.
        run("CREATE OR REPLACE TEMP TABLE cw_ends AS SELECT c.venue, c.symbol, c.start_ns, t, seq IS NOT NULL AS sq,"
                + " coalesce(seq, 0) AS sn, CASE WHEN id IS NULL THEN 0 WHEN regexp_full_match(id, '[0-9]+') THEN 1 ELSE 2"
                + " END AS ir, ltrim(coalesce(id, ''), '0') AS digits, coalesce(id, '') AS it, pp, po, price, size"
                + " FROM cw_copies c JOIN cw_base b USING (venue, symbol, start_ns)"
                + " WHERE (t = first_t OR t = last_t) AND " + taken);
        run("CREATE OR REPLACE TEMP TABLE cw_marks (venue VARCHAR, symbol VARCHAR, len BIGINT, start_ns BIGINT, open "
                + price() + ", open_tie BOOLEAN, close " + price() + ", close_tie BOOLEAN)");
        for (long length : settings.lengths()) {
            run("INSERT INTO cw_marks SELECT * FROM (" + mark(length, "first_t", "open", "ASC", "first") + ") JOIN ("
                    + mark(length, "last_t", "close", "DESC", "last") + ") USING (venue, symbol, len, start_ns)");
        }
        run("CREATE OR REPLACE TEMP TABLE cw_joined AS SELECT b.*, open, close, open_tie OR close_tie AS tie FROM"
                + " cw_bars b JOIN cw_marks m USING (venue, symbol, len, start_ns)");
        run("CREATE OR REPLACE TEMP TABLE cw_bars AS FROM cw_joined");
        if (!settings.vwap().equals("OFF")) {
            vwapRows(piece);
        }
    }

    /** The trade at one end of each window by sequence, id and place, and whether place alone decided between prices. */
    private String mark(long length, String time, String name, String direction, String pick) {
        String order = List.of(
                        "sq",
                        "sn",
                        "ir",
                        "CASE ir WHEN 1 THEN strlen(digits) ELSE 0 END",
                        "CASE ir WHEN 1 THEN digits ELSE '' END",
                        "it")
                .stream()
                .map(column -> column + " " + direction)
                .reduce((left, right) -> left + ", " + right)
                .orElseThrow();
        return "SELECT venue, symbol, CAST(" + length + " AS BIGINT) AS len, start_ns, " + pick
                + "(price ORDER BY pp, po, price, size) AS " + name + ", min(price) <> max(price) AS " + name
                + "_tie FROM (SELECT e.venue, e.symbol, b.start_ns, pp, po, price, size, rank() OVER (PARTITION BY"
                + " e.venue, e.symbol, b.start_ns ORDER BY " + order
                + ") AS r FROM cw_ends e JOIN cw_bars b ON e.venue ="
                + " b.venue AND e.symbol = b.symbol AND b.len = " + length + " AND b.start_ns = "
                + start("e.start_ns", length)
                + " AND e.t = b." + time + ") WHERE r = 1 GROUP BY venue, symbol, start_ns";
    }

    private void suspects(String taken, boolean fingerprint, Range piece) throws SQLException {
        run(
                "CREATE OR REPLACE TEMP TABLE cw_suspects AS SELECT DISTINCT venue, symbol, start_ns FROM (SELECT venue,"
                        + " trade_venue, symbol, start_ns FROM cw_copies WHERE id IS NULL AND " + taken
                        + (fingerprint ? " AND false" : "")
                        + " GROUP BY venue, trade_venue, symbol, start_ns, t, price, size, side, conditions HAVING count(*) > 1)");
        long finest = settings.lengths().get(0);
        long horizon = settings.horizonNanos();
        run(
                "CREATE OR REPLACE TEMP TABLE cw_conflicts AS WITH ids AS (SELECT venue, trade_venue, symbol, start_ns, id, t,"
                        + " price, size FROM cw_copies WHERE id IS NOT NULL AND " + taken
                        + " GROUP BY ALL), several AS (SELECT"
                        + " trade_venue, symbol, id FROM ids GROUP BY ALL HAVING count(*) > 1) SELECT DISTINCT venue, symbol,"
                        + " start_ns FROM (SELECT venue, symbol, start_ns, count(*) OVER (PARTITION BY trade_venue, symbol, id"
                        + " ORDER BY t RANGE BETWEEN " + horizon + " PRECEDING AND least(" + horizon + ", start_ns + "
                        + (finest - 1)
                        + " - t) FOLLOWING) AS near FROM ids SEMI JOIN several USING (trade_venue, symbol, id))"
                        + " WHERE near > 1 AND start_ns >= " + piece.from());
    }

    private void vwapRows(Range piece) throws SQLException {
        run("CREATE OR REPLACE TEMP TABLE cw_panes AS SELECT venue, symbol, t // " + SECOND_NANOS
                + " AS s, CAST(sum(n) AS BIGINT) AS trades, sum(n * size) AS volume, sum(n * (price * size)) AS notional"
                + " FROM cw_accepted WHERE t < " + piece.to() + " GROUP BY venue, symbol, s");
        String seconds = settings.vwap().equals("ACTIVE")
                ? "FROM cw_panes"
                : "SELECT venue, symbol, s, trades, volume, notional FROM cw_panes UNION ALL SELECT venue, symbol,"
                        + " unnest(range(s + 1, least(coalesce(after, s + 300), s + 300))), 0, 0, 0 FROM (SELECT venue,"
                        + " symbol, s, lead(s) OVER (PARTITION BY venue, symbol ORDER BY s) AS after FROM cw_panes)";
        String over = " OVER (PARTITION BY venue, symbol ORDER BY s RANGE BETWEEN " + (WitnessSettings.VWAP_SECONDS - 1)
                + " PRECEDING AND CURRENT ROW)";
        run("CREATE OR REPLACE TEMP TABLE cw_rows AS SELECT * FROM (SELECT venue, symbol, (s + 1) * " + SECOND_NANOS
                + " AS at_ns, CAST(sum(trades)" + over + " AS BIGINT) AS trades, sum(volume)" + over
                + " AS volume, sum(notional)" + over + " AS notional FROM (" + seconds + ")) WHERE "
                + within("at_ns", piece));
    }

    // Counts

    private void count(Range piece) throws SQLException {
        summary.accepted += Objects.requireNonNullElse(
                number("SELECT CAST(sum(trades) AS BIGINT) FROM cw_bars WHERE len = "
                        + settings.lengths().get(0) + " AND " + within("start_ns", piece)),
                0L);
        summary.copies += Objects.requireNonNullElse(
                number("SELECT count(*) FROM cw_copies WHERE " + within("start_ns", piece)), 0L);
        summary.lateArchived += Objects.requireNonNullElse(
                number("SELECT count(*) FROM cw_copies WHERE late AND " + within("start_ns", piece)), 0L);
    }

    // Fills

    /** Finds the gaps in front of each candle, and which candle's gap was too long to be filled in whole. */
    private void chain(Range piece) throws SQLException {
        if (!settings.carries()) {
            run(
                    "CREATE OR REPLACE TEMP TABLE cw_truncated AS SELECT venue, symbol, len, start_ns FROM cw_bars LIMIT 0");
            return;
        }
        run(
                "CREATE OR REPLACE TEMP TABLE cw_chain AS SELECT * FROM (SELECT venue, symbol, len, start_ns, close, lag(end_ns)"
                        + " OVER w AS before_end, lag(close) OVER w AS before_close FROM (SELECT venue, symbol, len, start_ns,"
                        + " start_ns + len AS end_ns, close FROM cw_bars UNION ALL SELECT venue, symbol, len, end_ns - len, end_ns,"
                        + " close FROM cw_last) WINDOW w AS (PARTITION BY venue, symbol, len ORDER BY start_ns)) WHERE start_ns >= "
                        + piece.from() + " AND before_end IS NOT NULL AND start_ns > before_end");
        run("INSERT INTO cw_gaps SELECT venue, symbol, len, before_end, start_ns, before_close, start_ns + len <= "
                + closedNanos + " FROM cw_chain WHERE " + within("start_ns", piece));
        run("CREATE OR REPLACE TEMP TABLE cw_truncated AS SELECT venue, symbol, len, start_ns FROM cw_chain WHERE"
                + " (start_ns - before_end) // len > " + settings.fillMax());
        for (int i = 1; i < settings.lengths().size(); i++) {
            long length = settings.lengths().get(i);
            run("INSERT INTO cw_truncated SELECT DISTINCT venue, symbol, " + length + ", " + start("start_ns", length)
                    + " FROM cw_truncated WHERE len = "
                    + settings.lengths().get(settings.bases().get(i)));
        }
        run("CREATE OR REPLACE TEMP TABLE cw_newest AS SELECT venue, symbol, len, max(end_ns) AS end_ns, arg_max(close,"
                + " end_ns) AS close FROM (SELECT venue, symbol, len, start_ns + len AS end_ns, close FROM cw_bars WHERE "
                + within("start_ns", piece) + " UNION ALL FROM cw_last) GROUP BY venue, symbol, len");
        run("CREATE OR REPLACE TEMP TABLE cw_last AS FROM cw_newest");
    }

    /** Where the comparison ends inside of the lake, the next real candle of each gap is what was published. */
    private void closeOpenGaps(long toNanos) throws SQLException {
        if (toNanos == Long.MAX_VALUE) {
            return;
        }
        database.narrow(catalog.restrictedTo(
                file -> file.table() == LakeTable.CANDLES && overlaps(file, toNanos, Long.MAX_VALUE)));
        run("INSERT INTO cw_gaps SELECT l.venue, l.symbol, l.len, l.end_ns, n.start_ns, l.close, n.start_ns + l.len <= "
                + closedNanos + " FROM cw_last l JOIN (SELECT venue, symbol, " + lengthOf("\"interval\"")
                + " AS len, min(start_ns) AS start_ns FROM candles WHERE start_ns >= " + toNanos
                + " AND NOT list_contains(flags, 'SYNTHETIC') GROUP BY ALL) n USING (venue, symbol, len)"
                + " WHERE n.start_ns > l.end_ns");
    }

    private SortedSet<Long> daysOfFills(SortedSet<Long> days) throws SQLException {
        SortedSet<Long> all = new TreeSet<>(days);
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT DISTINCT unnest(range(gap_start // " + DAY_NANOS
                        + ", (gap_start + least(gap_end - gap_start, len * " + settings.fillMax() + ") - 1) // "
                        + DAY_NANOS
                        + " + 1)) FROM cw_gaps")) {
            while (result.next()) {
                all.add(result.getLong(1) * DAY_NANOS);
            }
        }
        return all;
    }

    private void compareFills(Range piece) throws SQLException {
        if (piece.from() >= piece.to()) {
            return;
        }
        narrow(new Range(0, 0), piece);
        String bad = badTimes(LakeTable.TRADES, "gap_start", "gap_end");
        run("CREATE OR REPLACE TEMP TABLE cw_expected AS SELECT venue, symbol, len, " + intervalOf("len")
                + " AS \"interval\", start_ns, start_ns + len AS end_ns, close AS open, close AS high, close AS low, close,"
                + " CAST(0 AS " + size() + ") AS volume, CAST(0 AS " + notional() + ") AS notional, CAST(NULL AS "
                + price()
                + ") AS vwap, CAST(0 AS BIGINT) AS trades, CAST(NULL AS BIGINT) AS first_trade_ns, CAST(NULL AS"
                + " BIGINT) AS last_trade_ns, true AS final, repeat('0', 32) AS digest, ['SYNTHETIC'] AS flags, "
                + profile()
                + " AS profile FROM (SELECT venue, symbol, len, close, unnest(range(gap_start + greatest(0, ("
                + piece.from() + " - gap_start + len - 1) // len) * len, least(gap_end, gap_start + len * "
                + settings.fillMax() + ", " + piece.to() + "), len)) AS start_ns FROM cw_gaps WHERE sure AND " + bad
                + " AND gap_start < " + piece.to() + " AND gap_end > " + piece.from() + ")");
        // Fills of gaps that are not known for sure are neither wanted nor turned down.
        String unsure =
                "NOT EXISTS (FROM cw_gaps g WHERE g.venue = a.venue AND g.symbol = a.symbol AND g.len = a.len AND"
                        + " a.start_ns >= g.gap_start AND a.start_ns < g.gap_end AND NOT (sure AND " + bad + "))";
        String edge = closedNanos == Long.MAX_VALUE
                ? unsure
                : unsure + " AND NOT EXISTS (FROM cw_last l WHERE l.venue = a.venue AND l.symbol = a.symbol AND l.len ="
                        + " a.len AND a.start_ns >= l.end_ns)";
        run("CREATE OR REPLACE TEMP TABLE cw_actual AS SELECT * FROM (SELECT *, " + lengthOf("\"interval\"")
                + " AS len FROM candles WHERE " + within("start_ns", piece)
                + " AND list_contains(flags, 'SYNTHETIC')) a WHERE ("
                + badTimes(LakeTable.TRADES, "a.start_ns", "a.end_ns")
                + ") AND " + edge);
        summary.candles += Objects.requireNonNullElse(number("SELECT count(*) FROM cw_actual"), 0L);
        differences(LakeTable.CANDLES, List.of("venue", "symbol", "interval", "start_ns"), CANDLE_FIELDS, "start_ns");
    }

    // Comparison

    private void compareCandles(Range piece) throws SQLException {
        String bounds = within("start_ns", piece) + " AND start_ns + len <= " + closedNanos + " AND "
                + badTimes(LakeTable.TRADES, "start_ns - " + settings.horizonNanos(), "start_ns + len");
        run("CREATE OR REPLACE TEMP TABLE cw_expected AS SELECT b.venue, b.symbol, b.len, " + intervalOf("b.len")
                + " AS \"interval\", b.start_ns, b.start_ns + b.len AS end_ns, open, high, low, close, volume, notional, "
                + vwap() + " AS vwap, trades, first_t AS first_trade_ns, last_t AS last_trade_ns, true AS final, "
                + TradeHashSql.text("dh", "dl") + " AS digest, list_filter([CASE WHEN conflict THEN 'ID_CONFLICT' END,"
                + " CASE WHEN suspect THEN 'SUSPECT_DUP' END, CASE WHEN tie THEN 'TIE_AMBIGUOUS' END, CASE WHEN zero THEN"
                + " 'ZERO_VOLUME' END, CASE WHEN x.start_ns IS NOT NULL THEN 'FILL_TRUNCATED' END], lambda f: f IS NOT"
                + " NULL) AS flags, " + profile() + " AS profile FROM (FROM cw_bars WHERE " + bounds
                + ") b LEFT JOIN (SELECT DISTINCT * FROM cw_truncated) x USING (venue, symbol, len, start_ns)"
                + " LEFT JOIN cw_scales USING (symbol)");
        run("CREATE OR REPLACE TEMP TABLE cw_actual AS SELECT * FROM (SELECT *, " + lengthOf("\"interval\"")
                + " AS len FROM candles WHERE " + within("start_ns", piece)
                + " AND NOT list_contains(flags, 'SYNTHETIC')) WHERE len IS NULL OR (" + bounds + ")");
        summary.candles += Objects.requireNonNullElse(number("SELECT count(*) FROM cw_actual"), 0L);
        differences(LakeTable.CANDLES, List.of("venue", "symbol", "interval", "start_ns"), CANDLE_FIELDS, "start_ns");
    }

    private void compareVwap(Range piece) throws SQLException {
        String bounds = within("at_ns", piece) + " AND at_ns <= " + closedNanos + " AND "
                + badTimes(LakeTable.TRADES, "at_ns - " + WitnessSettings.VWAP_SECONDS * SECOND_NANOS, "at_ns");
        run("CREATE OR REPLACE TEMP TABLE cw_expected AS SELECT venue, symbol, at_ns, " + vwap()
                + " AS vwap, volume, notional, trades, " + profile() + " AS profile FROM cw_rows LEFT JOIN cw_scales"
                + " USING (symbol) WHERE " + bounds);
        run("CREATE OR REPLACE TEMP TABLE cw_actual AS SELECT * FROM vwap WHERE " + bounds);
        summary.vwapRows += Objects.requireNonNullElse(number("SELECT count(*) FROM cw_actual"), 0L);
        differences(LakeTable.VWAP, List.of("venue", "symbol", "at_ns"), VWAP_FIELDS, "at_ns");
    }

    /** Notional over volume in whole numbers, half to even, at the decimals of the instrument. */
    private String vwap() {
        String numerator = "CAST(replace(CAST(notional AS VARCHAR), '.', '') AS HUGEINT)";
        String divisor = "(CAST(replace(CAST(volume AS VARCHAR), '.', '') AS HUGEINT) * cut)";
        String quotient = "(" + numerator + " // " + divisor + ")";
        String rest = "(" + numerator + " % " + divisor + ")";
        String rounded = "(" + quotient + " + CASE WHEN " + rest + " > " + divisor + " - " + rest + " OR (" + rest
                + " = " + divisor + " - " + rest + " AND " + quotient + " % 2 = 1) THEN 1 ELSE 0 END) * cut";
        String one = "CAST('1" + "0".repeat(priceScale) + "' AS HUGEINT)";
        return "CASE WHEN volume = 0 THEN NULL ELSE CAST(CAST((" + rounded + ") // " + one
                + " AS VARCHAR) || '.' || lpad(CAST((" + rounded + ") % " + one + " AS VARCHAR), " + priceScale
                + ", '0') AS " + price() + ") END";
    }

    private void differences(LakeTable table, List<String> key, List<String> fields, String time) throws SQLException {
        StringJoiner on = new StringJoiner(" AND ");
        key.forEach(column -> on.add("e.\"" + column + "\" = a.\"" + column + "\""));
        StringJoiner unequal = new StringJoiner(" OR ");
        StringJoiner values = new StringJoiner(", ");
        for (String field : fields) {
            String left = "e.\"" + field + "\"";
            String right = "a.\"" + field + "\"";
            if (field.equals("flags")) {
                left = "list_sort(" + left + ")";
                right = "list_sort(list_filter(" + right + ", lambda f: f <> 'OUTLIER'))";
            }
            if (field.equals("profile") && settings.profile() == null) {
                left = right;
            }
            unequal.add(left + " IS DISTINCT FROM " + right);
            values.add("CAST(" + left + " AS VARCHAR), CAST(" + right + " AS VARCHAR)");
        }
        StringJoiner keys = new StringJoiner(", ");
        key.forEach(column -> keys.add("coalesce(e.\"" + column + "\", a.\"" + column + "\") AS \"" + column + "\""));
        String first = key.get(0);
        String here = unreadable(table, "\"interval\"", time);
        run("CREATE OR REPLACE TEMP TABLE cw_differences AS SELECT * FROM (SELECT " + keys
                + ", CASE WHEN a.\"" + first + "\" IS NULL THEN 'missing' WHEN e.\"" + first
                + "\" IS NULL THEN 'extra' ELSE 'altered' END AS what, coalesce(e.trades, 0) - coalesce(a.trades, 0) AS more,"
                + " [" + values + "] AS held FROM cw_expected e FULL OUTER JOIN cw_actual a ON " + on + " WHERE a.\""
                + first
                + "\" IS NULL OR e.\"" + first + "\" IS NULL OR " + unequal + ") WHERE " + here);
        tell(table, key, fields);
    }

    private void tell(LakeTable table, List<String> key, List<String> fields) throws SQLException {
        Map<Kind, Long> told = new HashMap<>();
        StringJoiner order = new StringJoiner(", ");
        key.forEach(column -> order.add("\"" + column + "\""));
        long room = Math.max(0, limit - details.getOrDefault(table, 0L));
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM cw_differences ORDER BY "
                        + (table == LakeTable.CANDLES ? lengthOf("\"interval\"") + ", " : "") + order + " LIMIT "
                        + room)) {
            while (result.next()) {
                Kind kind = kind(result.getString("what"));
                told.merge(kind, 1L, Long::sum);
                details.merge(table, 1L, Long::sum);
                long nanos = result.getLong(key.get(key.size() - 1));
                String interval = table == LakeTable.CANDLES ? result.getString("interval") : null;
                StringJoiner text = new StringJoiner("|");
                for (String column : key) {
                    text.add(result.getString(column).replace("\\", "\\\\").replace("|", "\\|"));
                }
                Object[] held = (Object[]) result.getArray("held").getArray();
                findings.found(
                        Finding.row(
                                kind,
                                table,
                                LakeAudit.partitionName(table, catalog.version(), interval, nanos),
                                text.toString(),
                                message(kind, fields, held)),
                        result.getLong("more"));
            }
        }
        if (table == LakeTable.CANDLES) {
            summary.missingTrades += Objects.requireNonNullElse(
                    number("SELECT CAST(sum(more) AS BIGINT) FROM cw_differences WHERE more > 0 AND \"interval\" = "
                            + LakeDatabase.text(settings.names().get(0))),
                    0L);
        }
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT what, count(*) FROM cw_differences GROUP BY what ORDER BY what")) {
            while (result.next()) {
                Kind kind = kind(result.getString(1));
                findings.more(kind, table, result.getLong(2) - told.getOrDefault(kind, 0L));
            }
        }
    }

    private static String message(Kind kind, List<String> fields, Object[] held) {
        StringJoiner text = new StringJoiner("; ");
        for (int i = 0; i < fields.size(); i++) {
            Object expected = held[2 * i];
            Object actual = held[2 * i + 1];
            if (kind == Kind.ROW_ALTERED && !Objects.equals(expected, actual)) {
                text.add(fields.get(i) + " must be " + expected + ", was " + actual);
            } else if (fields.get(i).equals("trades") && kind == Kind.ROW_MISSING) {
                text.add("row of " + expected + " trades must be there, was missing");
            } else if (fields.get(i).equals("trades") && kind == Kind.ROW_EXTRA) {
                text.add("row must not be there, was one of " + actual + " trades");
            }
        }
        return text.toString();
    }

    private static Kind kind(String what) {
        return switch (what) {
            case "missing" -> Kind.ROW_MISSING;
            case "extra" -> Kind.ROW_EXTRA;
            default -> Kind.ROW_ALTERED;
        };
    }

    // Expressions

    /** True where no broken partition of a table lies between two times. */
    private String badTimes(LakeTable table, String from, String to) {
        StringJoiner sql = new StringJoiner(" AND ");
        sql.add("true");
        for (Partition partition : broken) {
            if (partition.table() == table) {
                sql.add("NOT (" + from + " < " + partition.endNanos() + " AND " + to + " > " + partition.startNanos()
                        + ")");
            }
        }
        return "(" + sql + ")";
    }

    /** True where the row's own partition can be read. */
    private String unreadable(LakeTable table, String interval, String time) {
        StringJoiner sql = new StringJoiner(" AND ");
        sql.add("true");
        for (Partition partition : broken) {
            if (partition.table() == table) {
                sql.add("NOT ("
                        + (partition.interval() == null
                                ? "true"
                                : interval + " = " + LakeDatabase.text(partition.interval()))
                        + " AND " + within(time, new Range(partition.startNanos(), partition.endNanos())) + ")");
            }
        }
        return "(" + sql + ")";
    }

    private String intervalOf(String length) {
        StringBuilder sql = new StringBuilder("CASE ").append(length);
        for (int i = 0; i < settings.names().size(); i++) {
            sql.append(" WHEN ")
                    .append(settings.lengths().get(i))
                    .append(" THEN ")
                    .append(LakeDatabase.text(settings.names().get(i)));
        }
        return sql.append(" END").toString();
    }

    private String profile() {
        return "CAST(" + LakeDatabase.text(settings.profile()) + " AS VARCHAR)";
    }

    private static String within(String column, Range range) {
        return "(" + column + " >= " + range.from() + " AND " + column + " < " + range.to() + ")";
    }

    /** Start of the window that holds a time; times before 1970 round down too. */
    private static String start(String time, long length) {
        return "(" + time + " - ((" + time + " % " + length + ") + " + length + ") % " + length + ")";
    }

    private String price() {
        return "DECIMAL(38," + priceScale + ")";
    }

    private String size() {
        return "DECIMAL(38," + sizeScale + ")";
    }

    private String notional() {
        return "DECIMAL(38," + notionalScale + ")";
    }

    private void run(String sql) throws SQLException {
        try (Statement statement = database.connection().createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new SQLException(e.getMessage() + " (in: " + sql + ")", e);
        }
    }

    private @Nullable Long number(String sql) throws SQLException {
        try (Statement statement = database.connection().createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            long value = result.getLong(1);
            return result.wasNull() ? null : (Long) value;
        }
    }
}
