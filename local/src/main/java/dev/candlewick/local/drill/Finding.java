package dev.candlewick.local.drill;

import java.util.List;

/**
 * One output of one lane, compared.
 *
 * @param lane which input
 * @param output a topic without its prefix, or {@code lake:} and a table
 * @param expected how many values the undisturbed run has
 * @param missing values of the undisturbed run that are not there
 * @param foreign values that the undisturbed run has not
 * @param repeated values that are there more often than in the undisturbed run, and revisions that do not grow
 * @param examples some of what differs, for people
 */
record Finding(
        String lane, String output, long expected, long missing, long foreign, long repeated, List<String> examples) {
    Finding {
        examples = List.copyOf(examples);
    }

    /** How many differences there are. */
    long differences() {
        return missing + foreign + repeated;
    }
}
