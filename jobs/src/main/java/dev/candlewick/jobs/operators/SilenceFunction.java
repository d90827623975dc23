package dev.candlewick.jobs.operators;

import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.QualityKind;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.core.time.Interval;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Finds silent venues over all symbols; parallelism 1, fed with seconds and never with trades.
 *
 * <p>It stands in the graph whatever the quality level, so that changing the level keeps every savepoint restorable; at
 * level off nothing reaches it.
 */
@SuppressWarnings("NullAway.Init") // Flink initializes state and opens before the first element.
public final class SilenceFunction extends ProcessFunction<VenueSeconds, Published> implements CheckpointedFunction {
    private static final long serialVersionUID = 1L;

    /** Far from 0, with which a state without a checksum begins. */
    private static final int VERSION = 0x53;

    private static final String WHAT = "silence state";

    private final QualitySettings settings;
    private final Interval finest;
    private final long allowedLatenessNanos;

    private transient SilenceDetector detector;
    private transient ListState<byte[]> state;
    private transient KindCounters counters;
    private transient NamedCounts counts;
    private transient ListState<NamedCount> countState;

    /** A silence stage over candles of the given finest interval. */
    public SilenceFunction(QualitySettings settings, Interval finest, long allowedLatenessNanos) {
        this.settings = settings;
        this.finest = finest;
        this.allowedLatenessNanos = allowedLatenessNanos;
    }

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
        detector = new SilenceDetector(settings, finest, allowedLatenessNanos);
        state = context.getOperatorStateStore().getListState(States.SILENCE);
        for (byte[] restored : state.get()) {
            read(restored, detector);
        }
        counts = new NamedCounts();
        countState = context.getOperatorStateStore().getListState(States.COUNTS);
        counts.restore(countState);
    }

    @Override
    public void open(OpenContext context) {
        int subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
        if (subtasks != 1) {
            // A scheduler that rescales gives a vertex what it is asked for.
            throw new IllegalStateException("parallelism of silence must be 1, was " + subtasks
                    + " (ask for upperBound 1 of its vertex again)");
        }
        counters = new KindCounters(getRuntimeContext(), List.of(QualityKind.SILENCE, QualityKind.SILENCE_END), counts);
    }

    @Override
    public void processElement(VenueSeconds seen, Context context, Collector<Published> out) {
        detector.add(seen);
    }

    /** Judges all seconds that are final at a watermark. */
    void advance(long watermarkMillis, Consumer<Published> out) {
        detector.advance(watermarkMillis, event -> {
            counters.count(event.kind());
            out.accept(event);
        });
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        write(detector, new DataOutputStream(bytes));
        state.update(List.of(bytes.toByteArray()));
        counts.snapshot(countState);
    }

    static void write(SilenceDetector detector, DataOutputStream out) throws IOException {
        CheckedLayout.write(out, VERSION, detector::write);
    }

    /**
     * Reads a state of any version into an empty detector. What a version without a checksum wrote begins with the number of
     * venues, whose first byte is 0.
     */
    public static void read(byte[] restored, SilenceDetector detector) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(restored));
        CheckedLayout.Fields<SilenceDetector> fields = body -> {
            detector.read(body);
            return detector;
        };
        int first = restored.length == 0 ? -1 : restored[0];
        if (first == VERSION) {
            in.readByte();
            CheckedLayout.read(in, first, WHAT, fields);
        } else if (first == 0) {
            CheckedLayout.unframed(in, WHAT, fields);
        } else {
            throw new IOException(WHAT + " must begin with version " + VERSION + ", was "
                    + (first == -1 ? "nothing" : first) + "; the checkpoint is damaged");
        }
        if (in.available() > 0) {
            throw new IOException(WHAT + " must end with its last field, was " + in.available() + " bytes longer");
        }
    }
}
