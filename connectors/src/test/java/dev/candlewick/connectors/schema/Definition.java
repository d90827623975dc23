package dev.candlewick.connectors.schema;

import dev.candlewick.connectors.lake.LakeTable;
import java.util.List;

/**
 * A published record.
 *
 * @param kind where it appears
 * @param name name of its topic (without interval), table or file; of a nested record, empty
 * @param recordName its full name in Avro
 * @param title what it is, in a few words
 * @param key what tells two records apart
 * @param table the lake's table, null where it is none
 * @param fields in their order
 */
record Definition(
        Kind kind, String name, String recordName, String title, String key, LakeTable table, List<Field> fields) {

    /** Where records appear. */
    enum Kind {
        TOPIC("topics"),
        TABLE("tables"),
        FILE("files"),
        NESTED("");

        final String folder;

        Kind(String folder) {
            this.folder = folder;
        }
    }

    Definition {
        fields = List.copyOf(fields);
    }

    static Definition nested(String recordName, String title, Field... fields) {
        return new Definition(Kind.NESTED, "", recordName, title, "", null, List.of(fields));
    }

    /** Where its schemas lie, relative to {@link Published#FOLDER}. */
    String folder() {
        return kind.folder + '/' + name;
    }
}
