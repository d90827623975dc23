package dev.candlewick.local.doctor;

import java.util.LinkedHashMap;
import java.util.Map;

/** Writes {@code docs/errors.md} from the problems and checks themselves, so that it cannot disagree with them. */
final class ErrorsReference {
    /** Makes the page again. */
    static final String COMMAND = "mvn -pl local -am test -Dtest=ErrorsReferenceTest -Dcandlewick.reference.write=true";

    private static final Map<Character, String> AREAS = areas();

    private ErrorsReference() {}

    private static Map<Character, String> areas() {
        Map<Character, String> areas = new LinkedHashMap<>();
        areas.put('C', "Configuration and the examination itself");
        areas.put('H', "Host");
        areas.put('B', "Build and class path");
        areas.put('K', "Kafka");
        areas.put('F', "Flink");
        areas.put('L', "Lake");
        areas.put('S', "Secrets");
        return areas;
    }

    /** The page. */
    static String markdown() {
        StringBuilder page = new StringBuilder();
        page.append("""
                # Errors

                <!-- Made from the codes in the program; a test fails when they differ. To make it again:
                     %s -->

                What [`./candlewick doctor`](operating/doctor.md) finds. A code is never given to another problem. CW-K01 to CW-K06 also stand
                in the message of a job that cannot start. `./candlewick doctor --explain CODE` prints an entry.

                **error**: does not work, or loses or falsifies data. **warning**: works now and will not, or not as promised. **note**: worth
                knowing. Errors and warnings are exit code 4.

                """.formatted(COMMAND));
        AREAS.forEach((letter, title) -> {
            page.append("## ").append(title).append("\n\n");
            for (Problem problem : Problem.values()) {
                if (problem.code().charAt("CW-".length()) == letter) {
                    append(page, problem);
                }
            }
        });
        page.append("## What is looked at\n\n| check | reads | may find |\n|---|---|---|\n");
        for (Check check : Doctor.CHECKS) {
            page.append("| `")
                    .append(check.name())
                    .append("` | ")
                    .append(check.reads())
                    .append(" | ")
                    .append(String.join(
                            ", ",
                            check.problems().stream()
                                    .map(Problem::code)
                                    .sorted()
                                    .toList()))
                    .append(" |\n");
        }
        return page.toString();
    }

    private static void append(StringBuilder page, Problem problem) {
        page.append("### ")
                .append(problem.code())
                .append(" — ")
                .append(problem.title())
                .append("\n\n**")
                .append(problem.severity())
                .append(".** ")
                .append(problem.why())
                .append("\n\nFix: ")
                .append(problem.fix())
                .append(".\n\n");
    }
}
