package dev.candlewick.jobs.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.engine.EngineSettings;
import dev.candlewick.jobs.operators.LiveSettings;
import dev.candlewick.jobs.operators.Uids;
import dev.candlewick.jobs.pipeline.PipelineRun.How;
import dev.candlewick.jobs.testing.PartitionedSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.graph.StreamEdge;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.runtime.partitioner.KeyGroupStreamPartitioner;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The shape of the graph: uids everywhere, one network shuffle of trades, stages chained (design section 1). */
class GraphTest {
    private static StreamGraph graph(RuntimeExecutionMode mode) {
        PipelineSettings settings = new PipelineSettings(
                EngineSettings.defaults(), 1_000_000_000L, List.of("trades"), true, LiveSettings.OFF, 100, 128);
        // Auto-generated uids and generic types are off here, as in the product: without a uid this would throw.
        How how = new How(mode, 3, 3, false, true, Duration.ofMillis(200), 1, null);
        try (PartitionedSource.Run source = new PartitionedSource.Run(List.of(), false, new int[0], false);
                PipelineRun run = new PipelineRun(settings, source)) {
            return run.graph(how, false).getStreamGraph();
        }
    }

    private static Map<String, StreamNode> byUid(StreamGraph graph) {
        Map<String, StreamNode> nodes = new TreeMap<>();
        for (StreamNode node : graph.getStreamNodes()) {
            assertThat(node.getTransformationUID()).as("uid of %s", node).isNotNull();
            nodes.put(node.getTransformationUID(), node);
        }
        return nodes;
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "STREAMING"})
    void everyOperatorHasAUidOfItsOwn(RuntimeExecutionMode mode) {
        StreamGraph graph = graph(mode);
        Map<String, StreamNode> nodes = byUid(graph);
        assertThat(nodes).hasSameSizeAs(graph.getStreamNodes());
        assertThat(nodes).containsKeys(Uids.SOURCE, Uids.STAMP, Uids.MARKET_DATA, Uids.OUTLET, Uids.LEDGER);
        for (String uid : List.of(Uids.STAMP, Uids.MARKET_DATA, Uids.OUTLET, Uids.LEDGER)) {
            assertThat(nodes.get(uid).getMaxParallelism())
                    .as("max parallelism of %s", uid)
                    .isEqualTo(128);
        }
        assertThat(nodes.get(Uids.LEDGER).getParallelism()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "STREAMING"})
    void tradesAreShuffledOnceByInstrument(RuntimeExecutionMode mode) {
        Map<String, StreamNode> nodes = byUid(graph(mode));
        List<StreamEdge> keyed = new ArrayList<>();
        for (StreamNode node : nodes.values()) {
            for (StreamEdge edge : node.getOutEdges()) {
                if (edge.getPartitioner() instanceof KeyGroupStreamPartitioner) {
                    keyed.add(edge);
                }
            }
        }
        assertThat(keyed).singleElement().satisfies(edge -> {
            assertThat(edge.getSourceId()).isEqualTo(nodes.get(Uids.STAMP).getId());
            assertThat(edge.getTargetId()).isEqualTo(nodes.get(Uids.MARKET_DATA).getId());
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"BATCH", "STREAMING"})
    void stampIsChainedToTheSourceAndOutletToTheKeyedOperator(RuntimeExecutionMode mode) {
        Set<String> vertices = new java.util.TreeSet<>();
        for (JobVertex vertex : graph(mode).getJobGraph().getVertices()) {
            vertices.add(vertex.getOperatorIDs().stream()
                    .map(pair -> pair.getUserDefinedOperatorUid())
                    .filter(uid -> List.of(Uids.SOURCE, Uids.STAMP, Uids.MARKET_DATA, Uids.OUTLET, Uids.LEDGER)
                            .contains(uid))
                    .sorted()
                    .collect(Collectors.joining("+")));
        }
        assertThat(vertices).contains("stamp+trades-source", "market-data+outlet", "ledger");
    }
}
