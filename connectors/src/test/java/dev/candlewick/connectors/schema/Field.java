package dev.candlewick.connectors.schema;

import java.util.List;

/**
 * One named value of a published record.
 *
 * @param name as on the wire and in the lake
 * @param type how it is written
 * @param nullable whether it may be null
 * @param required whether it stands in every record since the first release; fields added later are not
 * @param unit what its numbers count, empty where it has none
 * @param meaning what it says
 * @param pattern what its text looks like beyond its type, empty where anything goes
 * @param codes the codes known today, empty where it is no code
 * @param nested the record that it holds, null where it holds none
 */
record Field(
        String name,
        Type type,
        boolean nullable,
        boolean required,
        String unit,
        String meaning,
        String pattern,
        List<String> codes,
        Definition nested) {

    /** How a value is written. */
    enum Type {
        LONG("integer"),
        INT("integer, 32 bits"),
        BOOLEAN("boolean"),
        TEXT("text"),
        /** Without trailing zeros: the one form of a value in topics. */
        DECIMAL("decimal"),
        /** With all decimals of the lake's column. */
        FIXED_DECIMAL("decimal"),
        CODE("code"),
        CODES("list of codes"),
        BASE64("Base64"),
        BYTES("bytes"),
        JSON_OBJECT("object"),
        JSON_TEXT("JSON as text"),
        TEXTS("list of texts"),
        TEXT_MAP("texts by name"),
        LONG_MAP("integers by name"),
        RECORD("record"),
        RECORDS("list of records"),
        RECORD_MAP("records by name"),
        /** Of messages that others write: a whole number, also as text. */
        INPUT_LONG("integer"),
        INPUT_DECIMAL("decimal"),
        INPUT_TEXT("text");

        final String words;

        Type(String words) {
            this.words = words;
        }
    }

    static Field of(String name, Type type, String unit, String meaning) {
        return new Field(name, type, false, true, unit, meaning, "", List.of(), null);
    }

    Field orNull() {
        return new Field(name, type, true, required, unit, meaning, pattern, codes, nested);
    }

    /** Not part of the first release: records without it are still valid. */
    Field added() {
        return new Field(name, type, nullable, false, unit, meaning, pattern, codes, nested);
    }

    Field like(String regex) {
        return new Field(name, type, nullable, required, unit, meaning, regex, codes, nested);
    }

    Field oneOf(List<String> known) {
        return new Field(name, type, nullable, required, unit, meaning, pattern, known, nested);
    }

    Field holding(Definition definition) {
        return new Field(name, type, nullable, required, unit, meaning, pattern, codes, definition);
    }

    Field as(Type other) {
        return new Field(name, other, nullable, required, unit, meaning, pattern, codes, nested);
    }
}
