package dev.candlewick.local.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.local.testing.KafkaExtension;
import dev.candlewick.local.testing.TestKafka;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Injected faults are all found, nearly all with their cause, and none is healed that must not be.
 *
 * <p>{@code -Dcandlewick.reconcile.cases=1000} makes it many; {@code -Dcandlewick.reconcile.seed} makes them others.
 */
@ExtendWith(KafkaExtension.class)
final class ReconcileFaultsTest {
    private static final int CASES = Integer.getInteger("candlewick.reconcile.cases", 112);
    private static final long SEED = Long.getLong("candlewick.reconcile.seed", 20_261_121L);

    @TempDir
    private Path directory;

    @Test
    void allFaultsAreFoundWithTheirCauseAndNoneIsHealedWrongly(TestKafka kafka) throws IOException {
        List<FaultLab.Outcome> outcomes = new FaultLab(directory, kafka, SEED, CASES).run();
        Map<Fault, int[]> figures = new EnumMap<>(Fault.class);
        for (FaultLab.Outcome outcome : outcomes) {
            int[] own = figures.computeIfAbsent(outcome.fault(), fault -> new int[4]);
            own[0]++;
            own[1] += outcome.detected() ? 1 : 0;
            own[2] += outcome.rightCause() ? 1 : 0;
            own[3] += outcome.healedWrongly() ? 1 : 0;
        }
        StringBuilder table =
                new StringBuilder("seed " + SEED + ": fault, cases, detected, right cause, healed wrongly");
        figures.forEach((fault, own) ->
                table.append('\n').append("%-18s %5d %5d %5d %5d".formatted(fault, own[0], own[1], own[2], own[3])));
        outcomes.stream()
                .filter(outcome -> !outcome.detected() || !outcome.rightCause() || outcome.healedWrongly())
                .limit(20)
                .forEach(outcome -> table.append('\n').append(outcome));
        System.out.println(table);
        assertThat(outcomes).as(table.toString()).hasSize(CASES).allMatch(FaultLab.Outcome::detected);
        assertThat(outcomes).as(table.toString()).noneMatch(FaultLab.Outcome::healedWrongly);
        assertThat(outcomes.stream().filter(FaultLab.Outcome::rightCause).count() * 100)
                .as(table.toString())
                .isGreaterThanOrEqualTo(CASES * 95L);
    }
}
