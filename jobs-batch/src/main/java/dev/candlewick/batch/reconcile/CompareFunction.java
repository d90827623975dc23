package dev.candlewick.batch.reconcile;

import dev.candlewick.core.metric.JobMetric;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.DifferenceClass;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.core.reconcile.ValueDiffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the last revision that each side has of a key and, when all is read, lets through only the keys that differ; counts
 * all of them by interval.
 */
@SuppressWarnings("NullAway.Init") // Opened before the first element.
public final class CompareFunction extends KeyedProcessFunction<String, SidedValue, Sides> {
    private static final long serialVersionUID = 1L;

    private final long thresholdPartsPerBillion;
    private final boolean topicRead;
    private final List<String> groups;

    private transient ValueDiffer differ;
    private transient EnumMap<Side, ValueState<ObservedValue>> states;
    private transient Map<String, LongCounter> counters;
    private transient EnumMap<DifferenceClass, Counter> classes;

    /**
     * A comparison.
     *
     * @param groups names of the intervals, and {@code vwap}
     */
    CompareFunction(long thresholdPartsPerBillion, boolean topicRead, List<String> groups) {
        this.thresholdPartsPerBillion = thresholdPartsPerBillion;
        this.topicRead = topicRead;
        this.groups = List.copyOf(groups);
    }

    /** The accumulator of a count. */
    static String accumulator(String group, String what) {
        return "reconcile." + group + '.' + what;
    }

    @Override
    public void open(OpenContext context) {
        differ = new ValueDiffer(thresholdPartsPerBillion, topicRead);
        states = new EnumMap<>(Side.class);
        for (Side side : Side.values()) {
            states.put(
                    side, getRuntimeContext().getState(new ValueStateDescriptor<>(side.name(), SidedValue.VALUE_TYPE)));
        }
        counters = new HashMap<>();
        for (String group : groups) {
            for (String what : List.of("truth", "lake", "topic", "equal")) {
                LongCounter counter = new LongCounter();
                getRuntimeContext().addAccumulator(accumulator(group, what), counter);
                counters.put(accumulator(group, what), counter);
            }
        }
        MetricGroup metrics = getRuntimeContext().getMetricGroup();
        classes = new EnumMap<>(DifferenceClass.class);
        for (DifferenceClass kind : DifferenceClass.values()) {
            classes.put(
                    kind,
                    metrics.addGroup("kind", kind.name())
                            .addGroup(JobMetric.GROUP)
                            .counter("differences"));
        }
    }

    @Override
    @SuppressWarnings("NullAway") // All sides have a state.
    public void processElement(SidedValue element, Context context, Collector<Sides> out) throws Exception {
        ValueState<ObservedValue> state = states.get(element.side());
        ObservedValue known = state.value();
        if (known == null || isNewer(element.value(), known)) {
            state.update(element.value());
        }
        context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
    }

    /** The larger revision counts, of equal ones the later record of the log. */
    public static boolean isNewer(ObservedValue value, ObservedValue known) {
        if (value.defect() != null || known.defect() != null) {
            return offset(value) > offset(known);
        }
        if (value.revision() != known.revision()) {
            return value.revision() > known.revision();
        }
        return offset(value) > offset(known)
                || (offset(value) == offset(known) && value.knownAtNanos() > known.knownAtNanos());
    }

    private static long offset(ObservedValue value) {
        int at = value.where().lastIndexOf('@');
        if (at < 0) {
            return -1;
        }
        try {
            return Long.parseLong(value.where().substring(at + 1));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    @Override
    public void onTimer(long timestamp, OnTimerContext context, Collector<Sides> out) throws Exception {
        ObservedValue topic = value(Side.TOPIC);
        ObservedValue lake = value(Side.LAKE);
        ObservedValue truth = value(Side.TRUTH);
        ObservedValue any = truth != null ? truth : lake != null ? lake : topic;
        if (any == null) {
            return;
        }
        String group = any.key().group();
        count(group, "truth", truth != null);
        count(group, "lake", lake != null);
        count(group, "topic", topic != null);
        Difference difference = differ.compare(topic, lake, truth);
        count(group, "equal", difference == null);
        if (difference != null) {
            Counter counter = classes.get(difference.kind());
            if (counter != null) {
                counter.inc();
            }
            out.collect(new Sides(topic, lake, truth));
        }
        for (ValueState<ObservedValue> state : states.values()) {
            state.clear();
        }
    }

    private @Nullable ObservedValue value(Side side) throws Exception {
        ValueState<ObservedValue> state = states.get(side);
        return state == null ? null : state.value();
    }

    private void count(String group, String what, boolean one) {
        LongCounter counter = counters.get(accumulator(group, what));
        if (one && counter != null) {
            counter.add(1);
        }
    }
}
