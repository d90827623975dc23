package dev.candlewick.local.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page of codes says what the program does; run with {@code -Dcandlewick.reference.write=true} to write it. */
final class ErrorsReferenceTest {
    private static final Path PAGE = Path.of(System.getProperty("candlewick.root"), "docs", "errors.md");

    @Test
    void thePageIsUpToDate() throws IOException {
        if (Boolean.getBoolean("candlewick.reference.write")) {
            Files.writeString(PAGE, ErrorsReference.markdown());
        }
        assertThat(PAGE).exists();
        assertThat(Files.readString(PAGE))
                .as("docs/errors.md must agree with the codes; to write it again: %s", ErrorsReference.COMMAND)
                .isEqualTo(ErrorsReference.markdown());
    }

    @Test
    void everyProblemStandsOnThePageOnceAndIsLookedForByACheck() {
        String page = ErrorsReference.markdown();
        List<Problem> lookedFor = Doctor.CHECKS.stream()
                .flatMap(check -> check.problems().stream())
                .toList();
        for (Problem problem : Problem.values()) {
            assertThat(page.split("### " + problem.code() + " ", -1))
                    .as(problem.code())
                    .hasSize(2);
            if (problem != Problem.CHECK_UNANSWERED) {
                assertThat(lookedFor).contains(problem);
            }
        }
    }

    @Test
    void codesAreDifferentAndWellFormed() {
        assertThat(Arrays.stream(Problem.values()).map(Problem::code))
                .doesNotHaveDuplicates()
                .allMatch(code -> code.matches("CW-[CHBKFLS][0-9]{2}"));
        assertThat(Doctor.CHECKS.stream().map(Check::name)).doesNotHaveDuplicates();
    }
}
