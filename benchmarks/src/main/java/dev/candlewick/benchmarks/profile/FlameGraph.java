package dev.candlewick.benchmarks.profile;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/**
 * The execution samples of a flight recording as a flame graph: a still SVG whose boxes are as wide as their share of the
 * samples and tell it when pointed at; immutable once read.
 *
 * <p>Boxes stand on their callers, in the order of their names, after Brendan Gregg, "The Flame Graph", ACM Queue 14 (2016).
 * The lowest row is the thread. What is narrower than a two-thousandth of all samples is left out.
 */
public final class FlameGraph {
    private static final int WIDTH = 1600;
    private static final int ROW = 15;
    private static final int MARGIN = 28;
    private static final double CHARACTER = 6.3;
    private static final double SHARE_MIN = 0.002;
    /** Frames of the thread's own loop that all stacks share say nothing. */
    private static final List<String> LOOP = List.of(
            "java.lang.Thread.run",
            "org.apache.flink.runtime.taskmanager.Task.run",
            "org.apache.flink.runtime.taskmanager.Task.doRun",
            "org.apache.flink.runtime.taskmanager.Task.restoreAndInvoke",
            "org.apache.flink.runtime.taskmanager.Task.runWithSystemExitMonitoring");

    private final Node root = new Node();

    private FlameGraph() {}

    private static final class Node {
        final Map<String, Node> callees = new TreeMap<>();
        long samples;

        Node child(String name) {
            return callees.computeIfAbsent(name, n -> new Node());
        }
    }

    /** Reads a recording. */
    public static FlameGraph read(Path recording) throws IOException {
        FlameGraph graph = new FlameGraph();
        try (RecordingFile file = new RecordingFile(recording)) {
            while (file.hasMoreEvents()) {
                RecordedEvent event = file.readEvent();
                if (event.getEventType().getName().equals("jdk.ExecutionSample")) {
                    graph.add(event);
                }
            }
        }
        return graph;
    }

    private void add(RecordedEvent event) {
        RecordedStackTrace stack = event.getStackTrace();
        if (stack == null || stack.getFrames().isEmpty()) {
            return;
        }
        Node node = root;
        node.samples++;
        node = node.child(HotFrames.threadName(event));
        node.samples++;
        List<RecordedFrame> frames = stack.getFrames();
        for (int i = frames.size() - 1; i >= 0; i--) {
            RecordedMethod method = frames.get(i).getMethod();
            String name = method.getType().getName() + "." + method.getName();
            if (!LOOP.contains(name)) {
                node = node.child(name);
                node.samples++;
            }
        }
    }

    /** Writes the picture; where there is no sample, one without boxes. */
    public void write(Path file, String title) throws IOException {
        int height = 2 * MARGIN + (depth(root) + 1) * ROW;
        StringBuilder svg = new StringBuilder(1 << 16);
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"monospace\" font-size=\"10\">%n"
                        + "<rect width=\"%d\" height=\"%d\" fill=\"#fffdf8\"/>%n<text x=\"8\" y=\"18\" font-size=\"13\">%s:"
                        + " %,d samples</text>%n",
                WIDTH,
                height,
                WIDTH,
                height,
                escape(title),
                root.samples));
        double x = 0;
        for (Map.Entry<String, Node> thread : root.callees.entrySet()) {
            x = draw(svg, thread.getKey(), thread.getValue(), x, 0, height);
        }
        svg.append("</svg>").append(System.lineSeparator());
        Files.writeString(file, svg, StandardCharsets.UTF_8);
    }

    /** How many rows of wide boxes stand on a node. */
    private int depth(Node node) {
        int deepest = 0;
        for (Node callee : node.callees.values()) {
            if (isWide(callee)) {
                deepest = Math.max(deepest, 1 + depth(callee));
            }
        }
        return deepest;
    }

    private boolean isWide(Node node) {
        return node.samples >= SHARE_MIN * root.samples;
    }

    /** Draws a box and those on it; returns where the next begins. */
    private double draw(StringBuilder svg, String name, Node node, double x, int level, int height) {
        double width = (double) WIDTH * node.samples / root.samples;
        if (!isWide(node)) {
            return x + width;
        }
        int y = height - MARGIN - (level + 1) * ROW;
        svg.append(String.format(
                Locale.ROOT,
                "<g><title>%s %.1f %%</title><rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
                escape(name),
                100.0 * node.samples / root.samples,
                x,
                y,
                Math.max(0.3, width - 0.4),
                ROW - 1,
                color(name)));
        String label = label(name, (int) ((width - 4) / CHARACTER));
        if (!label.isEmpty()) {
            svg.append(String.format(
                    Locale.ROOT, "<text x=\"%.1f\" y=\"%d\">%s</text>", x + 2, y + ROW - 4, escape(label)));
        }
        svg.append("</g>").append(System.lineSeparator());
        double next = x;
        for (Map.Entry<String, Node> callee : node.callees.entrySet()) {
            next = draw(svg, callee.getKey(), callee.getValue(), next, level + 1, height);
        }
        return x + width;
    }

    private static String label(String name, int characters) {
        int method = name.lastIndexOf('.');
        int type = method < 0 ? -1 : name.lastIndexOf('.', method - 1);
        String brief = name.substring(type + 1);
        return characters < 4 ? "" : brief.length() <= characters ? brief : brief.substring(0, characters - 2) + "..";
    }

    private static String color(String name) {
        return name.startsWith("dev.candlewick.")
                ? "#f4a261"
                : name.startsWith("org.apache.flink.")
                        ? "#a8c8e8"
                        : name.startsWith("org.apache.kafka.")
                                ? "#b7d8a8"
                                : name.startsWith("org.apache.parquet.") ? "#d8b8e0" : "#dddad2";
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
