package dev.candlewick.core.quality;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.MinuteReport;
import dev.candlewick.core.state.CompactInput;
import dev.candlewick.core.state.CompactOutput;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatencyHistogramTest {
    private static LatencyHistogram of(long... values) {
        LatencyHistogram histogram = new LatencyHistogram();
        for (long value : values) {
            histogram.add(value);
        }
        return histogram;
    }

    @Test
    void withoutValuesNothingIsKnown() {
        assertThat(of().count()).isZero();
        assertThat(of().min()).isEqualTo(MinuteReport.ABSENT);
        assertThat(of().max()).isEqualTo(MinuteReport.ABSENT);
        assertThat(of().quantile(50)).isEqualTo(MinuteReport.ABSENT);
    }

    @Test
    void theRankIsRoundedUp() {
        LatencyHistogram histogram = of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

        assertThat(histogram.quantile(50)).isEqualTo(6);
        assertThat(histogram.quantile(90)).isEqualTo(10);
        assertThat(histogram.quantile(99)).isEqualTo(11);
    }

    /** Steps of 64 between 1024 and 2048; of negative numbers the lower end is the one farther from 0. */
    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "15, 15",
        "31, 31",
        "32, 32",
        "33, 32",
        "1024, 1024",
        "1087, 1024",
        "1088, 1088",
        "2047, 1984",
        "-1, -1",
        "-31, -31",
        "-32, -33",
        "-1024, -1087",
        "-1087, -1087",
        "-1088, -1151"
    })
    void aQuantileIsTheLowerEndOfItsStep(long value, long lowerEnd) {
        assertThat(of(-1_000_000, value, 1_000_000).quantile(50)).isEqualTo(lowerEnd);
    }

    @Test
    void aQuantileIsNotBelowTheSmallest() {
        assertThat(of(1087).quantile(50)).isEqualTo(1087);
        assertThat(of(-1024).quantile(99)).isEqualTo(-1024);
    }

    @Test
    void theFarthestValuesHaveSteps() {
        LatencyHistogram histogram = of(Long.MAX_VALUE, -Long.MAX_VALUE, Long.MIN_VALUE + 2);

        assertThat(histogram.min()).isEqualTo(-Long.MAX_VALUE);
        assertThat(histogram.max()).isEqualTo(Long.MAX_VALUE);
        assertThat(histogram.quantile(50)).isEqualTo(-Long.MAX_VALUE);
        assertThat(histogram.quantile(99)).isEqualTo(31L << 58);
    }

    @Test
    void quantilesAreThoseOfASortedListToASixteenth() throws IOException {
        for (long seed = 1; seed <= 200; seed++) {
            Random random = new Random(seed);
            long[] values = new long[1 + random.nextInt(300)];
            LatencyHistogram histogram = new LatencyHistogram();
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextLong() >> 1 + random.nextInt(62);
                histogram.add(values[i]);
                if (random.nextInt(50) == 0) {
                    histogram = rewritten(histogram);
                }
            }
            Arrays.sort(values);
            assertThat(histogram.count()).as("seed %d", seed).isEqualTo(values.length);
            assertThat(histogram.min()).as("seed %d", seed).isEqualTo(values[0]);
            assertThat(histogram.max()).as("seed %d", seed).isEqualTo(values[values.length - 1]);
            for (int percent : new int[] {1, 50, 90, 99, 100}) {
                long exact = values[(int) Math.ceil(values.length * percent / 100.0 - 1e-9) - 1];
                long quantile = histogram.quantile(percent);
                assertThat(quantile)
                        .as("quantile %d of seed %d", percent, seed)
                        .isBetween(exact - Math.abs(exact) / 16, exact)
                        .isGreaterThanOrEqualTo(values[0]);
            }
        }
    }

    private static LatencyHistogram rewritten(LatencyHistogram histogram) throws IOException {
        CompactOutput bytes = new CompactOutput();
        histogram.write(bytes);
        return LatencyHistogram.read(new CompactInput(bytes.toBytes()));
    }
}
