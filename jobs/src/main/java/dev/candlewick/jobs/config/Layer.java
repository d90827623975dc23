package dev.candlewick.jobs.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What one source of configuration says: options with their texts, each once; collects what is wrong with it. */
final class Layer {
    private final Map<String, RawValue> values = new LinkedHashMap<>();
    private final List<String> problems;

    Layer(List<String> problems) {
        this.problems = problems;
    }

    /** Takes a value; a second one for the same option is a problem. */
    void put(RawValue value) {
        RawValue first = values.putIfAbsent(value.key(), value);
        if (first != null) {
            problems.add(value.key() + " must be given once, was given twice (" + first.origin()
                    + (first.origin().equals(value.origin()) ? "" : " and " + value.origin()) + ")");
        }
    }

    void problem(String text) {
        problems.add(text);
    }

    @Nullable
    RawValue get(String key) {
        return values.get(key);
    }

    Map<String, RawValue> values() {
        return values;
    }
}
