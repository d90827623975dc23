package dev.candlewick.benchmarks.profile;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where a run spent its time, by the execution samples of a flight recording.
 *
 * <p>{@code self} is the share of samples whose top frame is the method, {@code total} the share of those where it stands
 * anywhere on the stack. Samples are of Java code only and slightly biased, as the JVM takes them.
 */
public final class HotFrames {
    /** Threads of numbered subtasks count together. */
    private static final String SUBTASK = " \\(\\d+/\\d+\\)#\\d+";

    private final Map<String, Long> selfs = new HashMap<>();
    private final Map<String, Long> totals = new HashMap<>();
    private final Map<String, Long> threads = new HashMap<>();
    private final Map<String, Long> allocations = new HashMap<>();
    private long samples;
    private long allocated;

    private HotFrames() {}

    /**
     * One line of a ranking.
     *
     * @param kind {@code thread}, {@code self}, {@code total} or {@code allocation}
     * @param name of the thread, method or allocated class with the allocating method
     * @param share of all samples, or of all sampled bytes
     */
    public record Line(String kind, String name, double share) {}

    /** Reads a recording. */
    public static HotFrames read(Path recording) throws IOException {
        HotFrames frames = new HotFrames();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                switch (event.getEventType().getName()) {
                    case "jdk.ExecutionSample" -> frames.add(event);
                    case "jdk.ObjectAllocationSample" -> frames.addAllocation(event);
                    default -> {
                        // Other events say nothing about time on the processor.
                    }
                }
            }
        }
        return frames;
    }

    private void add(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        if (stack == null || stack.getFrames().isEmpty()) {
            return;
        }
        samples++;
        threads.merge(threadName(event), 1L, Long::sum);
        List<RecordedFrame> frames = stack.getFrames();
        selfs.merge(name(frames.get(0).getMethod()), 1L, Long::sum);
        Set<String> seen = new HashSet<>();
        for (RecordedFrame frame : frames) {
            if (seen.add(name(frame.getMethod()))) {
                totals.merge(name(frame.getMethod()), 1L, Long::sum);
            }
        }
    }

    /** The sampled thread's name without the numbers of subtasks. */
    static String threadName(RecordedEvent event) {
        RecordedThread thread = event.getThread("sampledThread");
        String name = thread == null || thread.getJavaName() == null ? "?" : thread.getJavaName();
        return name.replaceAll(SUBTASK, "").replaceAll("\\d+", "N");
    }

    private void addAllocation(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        long weight = event.getLong("weight");
        allocated += weight;
        String where = stack == null || stack.getFrames().isEmpty()
                ? "?"
                : name(stack.getFrames().get(0).getMethod());
        allocations.merge(event.getClass("objectClass").getName() + " in " + where, weight, Long::sum);
    }

    private static String name(RecordedMethod method) {
        String type = method.getType().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "." + method.getName();
    }

    /** The largest shares of each kind. */
    public List<Line> top(int perKind) {
        List<Line> lines = new ArrayList<>();
        rank("thread", threads, samples, perKind, lines);
        rank("self", selfs, samples, perKind, lines);
        rank("total", totals, samples, 2 * perKind, lines);
        rank("allocation", allocations, allocated, perKind, lines);
        return lines;
    }

    private static void rank(String kind, Map<String, Long> counts, long all, int limit, List<Line> into) {
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(limit)
                .forEach(entry -> into.add(new Line(kind, entry.getKey(), (double) entry.getValue() / all)));
    }
}
