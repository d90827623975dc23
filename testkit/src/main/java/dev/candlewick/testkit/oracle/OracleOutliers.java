package dev.candlewick.testkit.oracle;

import dev.candlewick.testkit.oracle.OracleQualitySettings.OutlierScope;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Outliers of one instrument: every window is copied, every median is sorted. */
final class OracleOutliers {
    private static final int NEIGHBOURS = 25;
    private static final int MEAN_NEIGHBOURS = 50;
    private static final int AT_LEAST = 10;
    private static final long MINUTE = 60_000_000_000L;
    private static final BigInteger TEN_THOUSAND = BigInteger.valueOf(10_000);
    private static final BigInteger FLOOR_BASIS_POINTS = BigInteger.valueOf(5);
    private static final BigInteger DEVIATION = BigInteger.valueOf(14_826);
    private static final BigInteger NINE = BigInteger.valueOf(9);

    private final List<Observation> observations;
    private final OracleQualitySettings settings;

    /** A price at a time, in units of the instrument's price scale. */
    record Observation(long timeNanos, BigInteger price) {
        static final Comparator<Observation> ORDER =
                Comparator.comparingLong(Observation::timeNanos).thenComparing(Observation::price);
    }

    /** An outlier: the price that it was compared with, and how far it is from it. */
    record Finding(boolean byMean, Observation observation, BigInteger reference, BigInteger basisPoints) {}

    OracleOutliers(List<OracleTrade> accepted, OracleSettings settings, String symbol) {
        this.settings = settings.quality();
        int scale = settings.priceScale().applyAsInt(symbol);
        TreeMap<Long, List<Observation>> panes = new TreeMap<>();
        List<Observation> all = new ArrayList<>();
        for (OracleTrade trade : accepted) {
            Observation observation = new Observation(
                    trade.eventTimeNanos(), trade.price().setScale(scale).unscaledValue());
            all.add(observation);
            panes.computeIfAbsent(
                            Math.floorDiv(trade.eventTimeNanos(), OracleQuality.paneNanos(settings)),
                            pane -> new ArrayList<>())
                    .add(observation);
        }
        if (this.settings.outlierScope() == OutlierScope.PANE) {
            all.clear();
            for (List<Observation> pane : panes.values()) {
                pane.sort(Observation.ORDER);
                long firstNanos = pane.get(0).timeNanos();
                pane.sort(Comparator.comparing(Observation::price));
                TreeSet<BigInteger> ends = new TreeSet<>(List.of(pane.get(0).price()));
                ends.add(pane.get(pane.size() - 1).price());
                ends.forEach(price -> all.add(new Observation(firstNanos, price)));
            }
        }
        all.sort(Observation.ORDER);
        this.observations = all;
    }

    /** Returns the outliers that become events. */
    List<Finding> findings() {
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < observations.size(); i++) {
            Finding hampel = settings.hampel() ? hampel(i) : null;
            if (hampel != null) {
                findings.add(hampel);
            }
            Finding mean = settings.mean() ? mean(i) : null;
            if (mean != null) {
                findings.add(mean);
            }
        }
        return findings;
    }

    /** Returns the times of the trades whose candle is flagged. */
    Set<Long> flaggedTimes() {
        Set<Long> times = new TreeSet<>();
        if (!settings.hampel()) {
            // The rolling mean looks back only, so its finding is known when the candle closes.
            findings().forEach(finding -> times.add(finding.observation().timeNanos()));
            return times;
        }
        for (int i = AT_LEAST; i < observations.size(); i++) {
            List<BigInteger> before = prices(Math.max(0, i - NEIGHBOURS), i);
            BigInteger median = median(before);
            BigInteger distance = observations.get(i).price().subtract(median).abs();
            if (isOutlier(distance, median, medianDeviation(before, median))) {
                times.add(observations.get(i).timeNanos());
            }
        }
        return times;
    }

    private @Nullable Finding hampel(int index) {
        if (index < AT_LEAST) {
            return null;
        }
        Observation observation = observations.get(index);
        long minute = Math.floorDiv(observation.timeNanos(), MINUTE);
        List<BigInteger> before = prices(Math.max(0, index - NEIGHBOURS), index);
        List<BigInteger> after = new ArrayList<>();
        for (int i = index + 1; i < observations.size() && after.size() < NEIGHBOURS; i++) {
            if (Math.floorDiv(observations.get(i).timeNanos(), MINUTE) == minute) {
                after.add(observations.get(i).price());
            }
        }
        List<BigInteger> around = new ArrayList<>(before);
        around.addAll(after);

        BigInteger medianAround = median(around);
        List<BigInteger> medians = new ArrayList<>(List.of(median(before), medianAround));
        if (!after.isEmpty()) {
            medians.add(median(after));
        }
        BigInteger nearest = medians.get(0);
        for (BigInteger median : medians) {
            if (observation
                            .price()
                            .subtract(median)
                            .abs()
                            .compareTo(observation.price().subtract(nearest).abs())
                    < 0) {
                nearest = median;
            }
        }
        BigInteger distance = observation.price().subtract(nearest).abs();
        if (!isOutlier(distance, medians.get(0), medianDeviation(around, medianAround))) {
            return null;
        }
        return new Finding(
                false, observation, nearest, distance.multiply(TEN_THOUSAND).divide(nearest));
    }

    private boolean isOutlier(BigInteger distance, BigInteger medianBefore, BigInteger medianDeviation) {
        BigInteger floor = medianBefore.multiply(FLOOR_BASIS_POINTS).divide(TEN_THOUSAND);
        BigInteger beyond = distance.subtract(floor);
        return beyond.signum() > 0
                && beyond.multiply(TEN_THOUSAND)
                                .compareTo(BigInteger.valueOf(settings.outlierThreshold())
                                        .multiply(DEVIATION)
                                        .multiply(medianDeviation))
                        > 0;
    }

    private @Nullable Finding mean(int index) {
        if (index < AT_LEAST) {
            return null;
        }
        Observation observation = observations.get(index);
        List<BigInteger> before = prices(Math.max(0, index - MEAN_NEIGHBOURS), index);
        BigInteger count = BigInteger.valueOf(before.size());
        BigInteger mean =
                before.stream().reduce(BigInteger.ZERO, BigInteger::add).divide(count);
        BigInteger squares =
                before.stream().map(price -> price.subtract(mean).pow(2)).reduce(BigInteger.ZERO, BigInteger::add);
        BigInteger distance = observation.price().subtract(mean).abs();
        BigInteger beyond = distance.subtract(mean.multiply(FLOOR_BASIS_POINTS).divide(TEN_THOUSAND));
        if (beyond.signum() <= 0 || beyond.pow(2).multiply(count).compareTo(squares.multiply(NINE)) <= 0) {
            return null;
        }
        return new Finding(
                true, observation, mean, distance.multiply(TEN_THOUSAND).divide(mean));
    }

    private List<BigInteger> prices(int from, int to) {
        return new ArrayList<>(
                observations.subList(from, to).stream().map(Observation::price).toList());
    }

    private static BigInteger medianDeviation(List<BigInteger> prices, BigInteger median) {
        return median(prices.stream().map(price -> price.subtract(median).abs()).toList());
    }

    private static BigInteger median(List<BigInteger> values) {
        List<BigInteger> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : sorted.get(middle - 1).add(sorted.get(middle)).divide(BigInteger.TWO);
    }
}
