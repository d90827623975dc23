package dev.candlewick.local.cluster;

import dev.candlewick.local.cli.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the supervisor is to start.
 *
 * @param taskManagers how many
 * @param webPort port of REST endpoint and web UI on 127.0.0.1
 * @param tls whether that endpoint has TLS
 * @param zooKeeper {@code none}; the quorum of a ZooKeeper elsewhere; or, where {@code ownZooKeeperPort} is not 0, the
 *     cluster's own
 * @param ownZooKeeperPort port of the cluster's own ZooKeeper, 0 for none
 */
record ClusterPlan(int taskManagers, int webPort, boolean tls, String zooKeeper, int ownZooKeeperPort) {
    static final String NO_ZOOKEEPER = "none";

    boolean isHighlyAvailable() {
        return !zooKeeper.equals(NO_ZOOKEEPER);
    }

    String webUi() {
        return (tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + webPort;
    }

    void write(ClusterFiles files) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("taskManagers", taskManagers);
        fields.put("webPort", webPort);
        fields.put("tls", tls);
        fields.put("zooKeeper", zooKeeper);
        fields.put("ownZooKeeperPort", ownZooKeeperPort);
        JsonFiles.write(files.plan(), fields);
    }

    static ClusterPlan read(ClusterFiles files) {
        Map<String, Json.Value> fields = JsonFiles.read(files.plan());
        if (fields == null) {
            throw new IllegalStateException("plan must exist, was missing (" + files.plan() + ")");
        }
        return new ClusterPlan(
                Integer.parseInt(JsonFiles.text(fields, "taskManagers")),
                Integer.parseInt(JsonFiles.text(fields, "webPort")),
                Boolean.parseBoolean(JsonFiles.text(fields, "tls")),
                JsonFiles.text(fields, "zooKeeper"),
                Integer.parseInt(JsonFiles.text(fields, "ownZooKeeperPort")));
    }
}
