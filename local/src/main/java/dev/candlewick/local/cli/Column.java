package dev.candlewick.local.cli;

import java.util.List;
import java.util.stream.Stream;

/**
 * One column of a result.
 *
 * @param name the table's heading, the JSON field and the CSV heading
 * @param alignRight true for numbers
 */
public record Column(String name, boolean alignRight) {

    /** A column of text. */
    public static Column text(String name) {
        return new Column(name, false);
    }

    /** A column of numbers, aligned to the right in tables. */
    public static Column number(String name) {
        return new Column(name, true);
    }

    /** Columns of text. */
    public static List<Column> texts(String... names) {
        return Stream.of(names).map(Column::text).toList();
    }
}
