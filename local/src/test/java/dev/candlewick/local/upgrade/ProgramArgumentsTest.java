package dev.candlewick.local.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each option stands once, whichever way it was written. */
final class ProgramArgumentsTest {
    private static final List<String> BEFORE = List.of(
            "--kafka",
            "a:1",
            "--set",
            "parallelism=2",
            "--set=fill=omit",
            "--config",
            "old.yaml",
            "--fresh",
            "--scope=venue");

    @Test
    void whatIsGivenAnewReplacesEveryWayOfWritingIt() {
        assertThat(ProgramArguments.change(
                        BEFORE, Map.of("kafka.bootstrap.servers", "b:2"), Set.of("fill", "fresh", "scope")))
                .containsExactly(
                        "--set", "parallelism=2", "--config", "old.yaml", "--set", "kafka.bootstrap.servers=b:2");
        assertThat(ProgramArguments.change(BEFORE, Map.of("config", "new.yaml"), Set.of("kafka.bootstrap.servers")))
                .containsExactly(
                        "--set",
                        "parallelism=2",
                        "--set=fill=omit",
                        "--fresh",
                        "--scope=venue",
                        "--config",
                        "new.yaml");
    }

    @Test
    void whatIsNotNamedStays() {
        assertThat(ProgramArguments.change(BEFORE, Map.of(), Set.of())).isEqualTo(BEFORE);
        assertThat(ProgramArguments.change(BEFORE, Map.of("fill.max", "7"), Set.of("parallel")))
                .startsWith(BEFORE.toArray(String[]::new))
                .endsWith("--set", "fill.max=7");
    }
}
