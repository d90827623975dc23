package dev.candlewick.benchmarks.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void quantilesAreExact() {
        Latencies latencies = new Latencies();
        for (int i = 1_000; i >= 1; i--) {
            latencies.add(i);
        }
        assertThat(latencies.count()).isEqualTo(1_000);
        assertThat(latencies.quantile(0.5)).isEqualTo(500);
        assertThat(latencies.quantile(0.99)).isEqualTo(990);
        assertThat(latencies.quantile(0.999)).isEqualTo(999);
        assertThat(latencies.quantile(1)).isEqualTo(1_000);
        latencies.add(-5);
        assertThat(latencies.quantile(0)).isEqualTo(-5);
    }

    @Test
    void noneHaveNoQuantile() {
        assertThatThrownBy(() -> new Latencies().quantile(0.5)).hasMessageContaining("must have samples");
    }
}
