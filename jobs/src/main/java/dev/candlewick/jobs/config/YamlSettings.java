package dev.candlewick.jobs.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * Reads a YAML document into options: nested mappings become dotted keys, lists become texts with commas, and every
 * value is the text that stands there ({@code off} is not a truth value, {@code 012} no number).
 */
final class YamlSettings {
    private static final int DEPTH_MAX = 16;
    /** The list of sources. */
    private static final String SOURCES = "sources";

    private final Layer layer;
    private final IntFunction<Origin> originOfLine;
    private final Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private YamlSettings(Layer layer, IntFunction<Origin> originOfLine) {
        this.layer = layer;
        this.originOfLine = originOfLine;
    }

    /**
     * Puts the options of a document into a layer, and what is wrong with it among its problems.
     *
     * @param yaml the document; an empty one has no options
     * @param layer takes values and problems
     * @param originOfLine names a line, counted from 1
     */
    static void read(String yaml, Layer layer, IntFunction<Origin> originOfLine) {
        new YamlSettings(layer, originOfLine).read(yaml);
    }

    private void read(String yaml) {
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new FailsafeSchema())
                .setAllowDuplicateKeys(true) // reported below, with both lines
                .build();
        try {
            Iterator<Node> documents =
                    new Compose(settings).composeAllFromString(yaml).iterator();
            if (!documents.hasNext()) {
                return;
            }
            Node root = documents.next();
            if (documents.hasNext()) {
                problem("be one YAML document", "several", documents.next());
                return;
            }
            if (root instanceof MappingNode mapping) {
                flatten("", mapping, 0);
            } else if (!(root instanceof ScalarNode scalar && scalar.getValue().isEmpty())) {
                problem("be a YAML mapping of options", "something else", root);
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            layer.problem("configuration must be valid YAML, was not: " + oneLine(e.getProblem()) + " ("
                    + originOfLine.apply(line) + "; patterns with * stand in quotes: \"BTC*\": 2)");
        } catch (YamlEngineException e) {
            layer.problem("configuration must be valid YAML, was not: " + oneLine(String.valueOf(e.getMessage())) + " ("
                    + originOfLine.apply(1) + ")");
        }
    }

    private void flatten(String prefix, MappingNode mapping, int depth) {
        if (depth > DEPTH_MAX) {
            problem("not be nested deeper than " + DEPTH_MAX, "deeper", mapping);
            return;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
                problem("have texts as keys", "another key", tuple.getKeyNode());
                continue;
            }
            String key = prefix + keyNode.getValue().strip();
            Node value = tuple.getValueNode();
            Origin origin = originOf(keyNode);
            if (!seen.add(value)) {
                problem("not use aliases", "an alias", keyNode);
            } else if (value instanceof ScalarNode scalar) {
                layer.put(new RawValue(key, scalar.getValue().strip(), origin));
            } else if (value instanceof SequenceNode sequence) {
                if (key.equals(SOURCES)) {
                    flattenSources(sequence, depth);
                    continue;
                }
                List<String> elements = new ArrayList<>();
                for (Node element : sequence.getValue()) {
                    if (element instanceof ScalarNode scalar) {
                        elements.add(scalar.getValue().strip());
                    } else {
                        layer.problem(key + " must be a list of texts, was a list of something else ("
                                + originOf(element) + ")");
                    }
                }
                layer.put(new RawValue(key, OptionTypes.joinList(elements), origin));
            } else if (value instanceof MappingNode nested) {
                Setting<?> setting = CandlewickOptions.find(key.replaceFirst("^sources\\.[0-9]+\\.", ""));
                if (setting != null && setting.type().takesMapping()) {
                    putMapping(key, nested, origin);
                } else {
                    flatten(key + '.', nested, depth + 1);
                }
            }
        }
    }

    /** Each mapping of the list becomes keys {@code sources.N.…}. */
    private void flattenSources(SequenceNode sequence, int depth) {
        int index = 0;
        for (Node element : sequence.getValue()) {
            if (!seen.add(element)) {
                problem("not use aliases", "an alias", element);
            } else if (element instanceof MappingNode mapping) {
                flatten(SOURCES + '.' + index + '.', mapping, depth + 1);
            } else {
                layer.problem(SOURCES + " must be a list of mappings, was a list of something else ("
                        + originOf(element) + "; example: sources: [{topic: trades, format: json}])");
            }
            index++;
        }
    }

    private void putMapping(String key, MappingNode mapping, Origin origin) {
        List<String> entries = new ArrayList<>();
        for (NodeTuple tuple : mapping.getValue()) {
            if (tuple.getKeyNode() instanceof ScalarNode pattern && tuple.getValueNode() instanceof ScalarNode scalar) {
                entries.add(OptionTypes.escape(pattern.getValue()) + '=' + OptionTypes.escape(scalar.getValue()));
            } else {
                layer.problem(key + " must map patterns to numbers, was something else (" + originOf(tuple.getKeyNode())
                        + ")");
            }
        }
        layer.put(new RawValue(key, String.join(",", entries), origin));
    }

    private void problem(String rule, String was, Node node) {
        layer.problem("configuration must " + rule + ", was " + was + " (" + originOf(node) + ")");
    }

    private Origin originOf(Node node) {
        return originOfLine.apply(
                node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1));
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
