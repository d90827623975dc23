package dev.candlewick.local.verify;

/**
 * The trades' 128-bit hash of {@code docs/concepts/numbers.md} as DuckDB expressions over unsigned 128-bit integers.
 *
 * <p>MurmurHash3 x64 128 over 64-bit words; each product of two words fits 128 bits and is cut by a mask.
 */
final class TradeHashSql {
    private static final String MASK = "18446744073709551615::UHUGEINT";
    private static final String C1 = "9782798678568883157::UHUGEINT";
    private static final String C2 = "5545529020109919103::UHUGEINT";
    private static final String F1 = "18397679294719823053::UHUGEINT";
    private static final String F2 = "14181476777654086739::UHUGEINT";
    private static final String SEED = "11400714819323198485::UHUGEINT";

    private TradeHashSql() {}

    private static String times(String word, String constant) {
        return "((" + word + " * " + constant + ") & " + MASK + ")";
    }

    private static String rotate(String word, int bits) {
        return "(((" + word + " << " + bits + ") | (" + word + " >> " + (64 - bits) + ")) & " + MASK + ")";
    }

    /** Upper half after a block of two words. */
    private static String mixHigh(String high, String low, String first) {
        String mixed = "xor(" + high + ", " + times(rotate(times(first, C1), 31), C2) + ")";
        return "(((" + rotate(mixed, 27) + " + " + low + ") * 5::UHUGEINT + 1390208809::UHUGEINT) & " + MASK + ")";
    }

    /** Lower half after a block of two words, given the new upper half. */
    private static String mixLow(String newHigh, String low, String second) {
        String mixed = "xor(" + low + ", " + times(rotate(times(second, C2), 33), C1) + ")";
        return "(((" + rotate(mixed, 31) + " + " + newHigh + ") * 5::UHUGEINT + 944331445::UHUGEINT) & " + MASK + ")";
    }

    private static String scrambled(String word) {
        String once = times("xor(" + word + ", " + word + " >> 33)", F1);
        String twice = times("xor(" + once + ", " + once + " >> 33)", F2);
        return "xor(" + twice + ", " + twice + " >> 33)";
    }

    /** The macros that the other expressions call. */
    static String[] macros() {
        String blocks = "list_transform(range(0, strlen(t), 16), lambda i: [candlewick_word(hex(t), i),"
                + " candlewick_word(hex(t), i + 8)])";
        return new String[] {
            "CREATE OR REPLACE TEMP MACRO candlewick_high(h, l, a) AS " + mixHigh("h", "l", "a"),
            "CREATE OR REPLACE TEMP MACRO candlewick_low(n, l, b) AS " + mixLow("n", "l", "b"),
            "CREATE OR REPLACE TEMP MACRO candlewick_scrambled(w) AS " + scrambled("w"),
            // Eight bytes from a place, little endian, zeros behind the end; the text is given in hexadecimal.
            "CREATE OR REPLACE TEMP MACRO candlewick_word(x, i) AS CAST('0x'"
                    + " || rpad(substr(x, 2 * i + 15, 2), 2, '0') || rpad(substr(x, 2 * i + 13, 2), 2, '0')"
                    + " || rpad(substr(x, 2 * i + 11, 2), 2, '0') || rpad(substr(x, 2 * i + 9, 2), 2, '0')"
                    + " || rpad(substr(x, 2 * i + 7, 2), 2, '0') || rpad(substr(x, 2 * i + 5, 2), 2, '0')"
                    + " || rpad(substr(x, 2 * i + 3, 2), 2, '0') || rpad(substr(x, 2 * i + 1, 2), 2, '0')"
                    + " AS UBIGINT)::UHUGEINT",
            "CREATE OR REPLACE TEMP MACRO candlewick_text(h, l, t) AS list_reduce(list_append(" + blocks
                    + ", [strlen(t)::UHUGEINT, 2::UHUGEINT]),"
                    + " lambda s, w: [candlewick_high(s[1], s[2], w[1]),"
                    + " candlewick_low(candlewick_high(s[1], s[2], w[1]), s[2], w[2])], [h, l])"
        };
    }

    /** Table {@code candlewick_seeds} with the part of the hash that venue and symbol decide. */
    static String seeds(String trades) {
        return "CREATE OR REPLACE TEMP TABLE candlewick_seeds AS"
                + " SELECT trade_venue, symbol, xor(sh + sl & " + MASK + ", sh + 2::UHUGEINT * sl & " + MASK
                + ") AS seed FROM ("
                + finish("trade_venue, symbol", "s[1]", "s[2]", 3) + " FROM (SELECT trade_venue, symbol,"
                + " candlewick_text(v[1], v[2], symbol) AS s FROM (SELECT trade_venue, symbol, candlewick_text(" + SEED
                + ", " + SEED + ", trade_venue) AS v FROM (SELECT DISTINCT trade_venue, symbol FROM " + trades + "))))";
    }

    /** The finalizer without its last two additions, as columns {@code sh} and {@code sl}. */
    private static String finish(String columns, String high, String low, int length) {
        String h = "xor(" + high + ", " + length + "::UHUGEINT)";
        String l = "xor(" + low + ", " + length + "::UHUGEINT)";
        String first = "((" + h + " + " + l + ") & " + MASK + ")";
        String second = "((" + l + " + " + first + ") & " + MASK + ")";
        return "SELECT " + columns + ", candlewick_scrambled(" + first + ") AS sh, candlewick_scrambled(" + second
                + ") AS sl";
    }

    /**
     * A statement that gives rows of another with columns {@code dh, dl}, the halves of each trade's hash.
     *
     * @param columns columns to pass on
     * @param withId whether the id takes part
     */
    static String hashed(String trades, String columns, boolean withId) {
        String number = withId ? "CASE WHEN kind = 1 THEN CAST(id AS UHUGEINT) ELSE 0::UHUGEINT END" : "0::UHUGEINT";
        String kind = withId
                ? "CASE WHEN id IS NULL THEN 0 WHEN strlen(id) <= 18 AND regexp_full_match(id, '0|[1-9][0-9]*') THEN 1"
                        + " ELSE 2 END"
                : "0";
        String decimals = "CASE WHEN contains(%1$s, '.') THEN strlen(%1$s) - instr(%1$s, '.') ELSE 0 END";
        String text = withId ? "CASE WHEN kind = 2 THEN candlewick_text(h, l, id) END" : "CAST(NULL AS UHUGEINT[])";
        StringBuilder sql = new StringBuilder("WITH texts AS MATERIALIZED (SELECT a.*, seed,"
                + " rtrim(rtrim(CAST(price AS VARCHAR), '0'), '.') AS pt, rtrim(rtrim(CAST(size AS VARCHAR), '0'), '.') AS st, "
                + kind + " AS kind FROM (" + trades
                + ") AS a JOIN candlewick_seeds USING (trade_venue, symbol)), start AS"
                + " MATERIALIZED (SELECT * EXCLUDE (pt, st), CAST(replace(pt, '.', '') AS UHUGEINT) AS pw,"
                + " CAST(replace(st, '.', '') AS UHUGEINT) AS sw, CAST((" + decimals.formatted("pt") + ") * 256 + "
                + decimals.formatted("st") + " AS UHUGEINT) AS scales, CAST(t AS UHUGEINT) AS tw, " + number
                + " AS number, seed AS h, seed AS l FROM texts)");
        mix(sql, "start", "one", "tw", "pw");
        mix(sql, "one", "two", "sw", "scales");
        sql.append(", texted AS MATERIALIZED (SELECT *, ").append(text).append(" AS tx FROM two)");
        mix(sql, "texted", "three", "number", "CAST(kind AS UHUGEINT)");
        sql.append(", ends AS MATERIALIZED (SELECT * EXCLUDE (h, l), xor(coalesce(tx[1], h), 7::UHUGEINT) AS e1,"
                + " xor(coalesce(tx[2], l), 7::UHUGEINT) AS e2 FROM three), sums AS MATERIALIZED (SELECT *, (e1 + e2) & "
                + MASK + " AS f1, (e1 + 2::UHUGEINT * e2) & " + MASK
                + " AS f2 FROM ends), once AS MATERIALIZED (SELECT *, "
                + times("xor(f1, f1 >> 33)", F1) + " AS g1, " + times("xor(f2, f2 >> 33)", F1)
                + " AS g2 FROM sums), twice AS MATERIALIZED (SELECT *, " + times("xor(g1, g1 >> 33)", F2) + " AS k1, "
                + times("xor(g2, g2 >> 33)", F2) + " AS k2 FROM once), mixed AS MATERIALIZED (SELECT *,"
                + " xor(k1, k1 >> 33) AS sh, xor(k2, k2 >> 33) AS sl FROM twice)");
        return sql + " SELECT " + columns + ", CAST((sh + sl) & " + MASK
                + " AS HUGEINT) AS dh, CAST((sh + 2::UHUGEINT * sl) & " + MASK + " AS HUGEINT) AS dl FROM mixed";
    }

    /**
     * Adds stages that mix a block of two words into the halves {@code h, l}. Each is materialized: written into each other,
     * as the planner does otherwise, the rotations repeat their words until the plan takes longer than the work.
     */
    private static void mix(StringBuilder sql, String from, String to, String first, String second) {
        sql.append(", " + to + "_a AS MATERIALIZED (SELECT *, " + times(first, C1) + " AS a, " + times(second, C2)
                + " AS b FROM " + from + "), " + to + "_b AS MATERIALIZED (SELECT * EXCLUDE (h, a, b), xor(h, "
                + times(rotate("a", 31), C2) + ") AS c, xor(l, " + times(rotate("b", 33), C1) + ") AS d FROM " + to
                + "_a), " + to + "_c AS MATERIALIZED (SELECT * EXCLUDE (c, l), ((" + rotate("c", 27)
                + " + l) * 5::UHUGEINT + 1390208809::UHUGEINT) & " + MASK + " AS h FROM " + to + "_b), " + to
                + " AS MATERIALIZED (SELECT * EXCLUDE (d), ((" + rotate("d", 31)
                + " + h) * 5::UHUGEINT + 944331445::UHUGEINT) & " + MASK + " AS l FROM " + to + "_c)");
    }

    /** Two sums of halves as 32 hexadecimal digits. */
    static String text(String high, String low) {
        String word = "18446744073709551616::HUGEINT";
        return "lpad(lower(to_hex(CAST((" + high + " + " + low + " // " + word + ") % " + word
                + " AS UBIGINT))), 16, '0')" + " || lpad(lower(to_hex(CAST(" + low + " % " + word
                + " AS UBIGINT))), 16, '0')";
    }
}
