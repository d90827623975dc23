package dev.candlewick.testkit.hostile;

import java.util.List;

/**
 * Symbols that every output has to survive: text that is a path, a formula, markup, a command or a control sequence
 * somewhere. All are valid symbols of a trade and stay what they are.
 */
public final class HostileSymbols {
    /** At least forty, all different; none is blank. */
    public static final List<String> ALL = List.of(
            // Paths.
            "../../etc/passwd",
            "/etc/shadow",
            "A/B",
            "..\\..\\windows",
            "a=b",
            "year=2019",
            "%2e%2e%2f",
            "CON",
            "NUL.txt",
            "a:b",
            // SQL, commands and templates.
            "'; DROP TABLE trades; --",
            "\" OR 1=1",
            "$(reboot)",
            "`reboot`",
            "${jndi:ldap://x/y}",
            "{{7*7}}",
            "%n%s%d",
            // Spreadsheets.
            "=cmd()",
            "+1+1",
            "-1+1",
            "@SUM(A1)",
            // Markup.
            "<script>alert(1)</script>",
            "a&amp;b",
            // Separators of formats and keys.
            "a|b",
            "a\\b",
            "\\",
            "a\\|b",
            "a,b",
            "\"",
            "a\"\"b",
            "a\tb",
            "a\nb",
            "a\r\nb",
            "a\u2028b",
            // Terminals.
            "\u001b[2J\u001b[31mred",
            "\u001b]0;title\u0007",
            "\u009b31m",
            "a\bb",
            "a\u0000b",
            "\u202eDSU-CTB",
            "\u200bBTC-USD",
            "\ufeffBTC",
            // Text that looks like other text, or like nothing.
            "btc-usd",
            "BTC-USD",
            "BTC-USD ",
            " BTC-USD",
            "\u0410BC",
            "\u00e9",
            "e\u0301",
            "\ud83d\ude00",
            "\ud83d\udc68\u200d\ud83d\udc69",
            "\uff22\uff34\uff23",
            "NULL",
            "null",
            "NaN",
            "true",
            "0",
            "x".repeat(300));

    private HostileSymbols() {}
}
