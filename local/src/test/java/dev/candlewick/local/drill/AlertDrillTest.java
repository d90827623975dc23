package dev.candlewick.local.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.deploy.MonitoringFiles;
import dev.candlewick.local.testing.JobJar;
import dev.candlewick.local.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every alert has a drill; and some of them are done here, on the real jar, real processes and a real Prometheus. */
final class AlertDrillTest {
    private static final Path ROOT = Path.of(System.getProperty("candlewick.root"));
    /** Enough for ranges of several scrapes, and as little as a test may wait. */
    private static final int FACTOR = 60;

    @TempDir
    private Path directory;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void aProducerThatDiedAndAProcessThatDiedAreToldAndTheRunbookEndsIt() throws Exception {
        Programs.require("prometheus");
        List<String> notes = new ArrayList<>();
        List<AlertScene> scenes = AlertScenes.of(Set.of("CandlewickNoTrades", "CandlewickJobMissing"));
        AlertStage.Options how = new AlertStage.Options(FACTOR, JobJar.require(), directory, ROOT, false, 1);
        try (AlertStage stage = new AlertStage(how, notes::add)) {
            // Each waits until a healthy job has none of its alerts: while the job started there was no job.
            List<AlertResult> results = new AlertDrill(stage, scenes).run();

            assertThat(results)
                    .as(notes.toString())
                    .extracting(AlertResult::alert)
                    .containsExactly("CandlewickNoTrades", "CandlewickTargetDown", "CandlewickJobMissing");
            assertThat(results)
                    .as(notes.toString())
                    .allMatch(AlertResult::passed)
                    // Not before the rule's own time: 10 minutes of silence, 2 of a missing process, 5 without a job.
                    .allSatisfy(result ->
                            assertThat(result.fireMillis()).as(result.alert()).isGreaterThan(120_000 / FACTOR));
            assertThat(results.get(0).fireMillis()).isGreaterThan(600_000 / FACTOR - 2_000);
        }
    }

    @Test
    void anAlertThatComesBackHasNotEnded() {
        String name = "CandlewickNoTrades";
        DrillPrometheus.Alert firing = new DrillPrometheus.Alert(name, "firing", Map.of());
        DrillPrometheus.Alert pending = new DrillPrometheus.Alert(name, "pending", Map.of());
        AlertDrill.Watch watch =
                new AlertDrill.Watch(AlertScenes.of(Set.of(name)).get(0));
        watch.see(List.of(pending));
        assertThat(watch.allFired()).isFalse();
        watch.see(List.of(firing));
        assertThat(watch.allFired()).isTrue();
        watch.mends();
        assertThat(watch.settle()).isFalse();
        watch.see(List.of());
        assertThat(watch.allGone()).isTrue();

        // While the job recovers it is there again
        watch.see(List.of(pending));
        assertThat(watch.settle()).isFalse();
        assertThat(watch.healMillis(name)).isNull();

        // Its last end counts, and what comes behind that is of another scene
        watch.see(List.of());
        assertThat(watch.settle()).isTrue();
        Long ended = watch.healMillis(name);
        watch.see(List.of(firing));
        assertThat(watch.healMillis(name)).isNotNull().isEqualTo(ended);
    }

    @Test
    void everyAlertHasADrillOrAReasonForNone() throws Exception {
        Set<String> rules = new TreeSet<>();
        Matcher alert = Pattern.compile("- alert: (\\w+)").matcher(Files.readString(MonitoringFiles.RULES));
        while (alert.find()) {
            rules.add(alert.group(1));
        }
        List<String> drilled = AlertScenes.all().stream()
                .flatMap(scene -> scene.alerts().stream())
                .toList();

        assertThat(drilled).doesNotHaveDuplicates();
        Set<String> all = new TreeSet<>(drilled);
        all.addAll(AlertScenes.RECORDED_ONLY.keySet());
        assertThat(all).as("alerts with a drill or a reason, and alerts").isEqualTo(rules);
        assertThat(new HashSet<>(drilled)).doesNotContainAnyElementsOf(AlertScenes.RECORDED_ONLY.keySet());
        assertThat(rules).hasSizeGreaterThan(20);
        // And the page has a line for each of them.
        String page = Files.readString(ROOT.resolve("docs/operating/alert-drills.md"));
        assertThat(rules.stream()
                        .filter(name -> !page.contains("| `" + name + "` |"))
                        .collect(Collectors.toSet()))
                .as("alerts without a line in docs/operating/alert-drills.md")
                .isEmpty();
    }

    @Test
    void onlyWhatIsAskedForIsDone() {
        assertThat(AlertScenes.of(Set.of())).hasSameSizeAs(AlertScenes.all());
        assertThat(AlertScenes.of(Set.of("CandlewickNoTrades")))
                .singleElement()
                .satisfies(scene -> assertThat(scene.alerts()).containsExactly("CandlewickNoTrades"));
        assertThatThrownBy(() -> AlertScenes.of(Set.of("CandlewickNoTrade")))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("CandlewickNoTrade has none");
        assertThatThrownBy(() -> AlertScenes.of(Set.of("CandlewickCommitFailed")))
                .isInstanceOf(CommandFailure.class)
                .hasMessageContaining("restarts the job");
    }
}
