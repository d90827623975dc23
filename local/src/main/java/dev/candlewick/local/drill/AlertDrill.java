package dev.candlewick.local.drill;

import dev.candlewick.local.cli.CommandFailure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Makes every fault of a list, measures when its alerts fire and, after the runbook, when they end, and demands a healthy job
 * after each. One use.
 */
final class AlertDrill {
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(150);
    /** What anything may take beyond the times of the rules: commands, restarts, a busy machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private static final Duration HEALTH_LIMIT = Duration.ofMinutes(2);

    private final AlertStage stage;
    private final List<AlertScene> scenes;
    private final Map<String, String> severities;
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final Map<String, List<String>> commands = new LinkedHashMap<>();
    private final List<AlertResult> results = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> others = Collections.synchronizedSet(new TreeSet<>());
    private volatile boolean ended;
    private volatile @Nullable RuntimeException blind;

    AlertDrill(AlertStage stage, List<AlertScene> scenes) {
        this.stage = stage;
        this.scenes = List.copyOf(scenes);
        this.severities = stage.prometheus().rules();
    }

    /** What the drill saw of the alerts of one scene. */
    static final class Watch {
        private final AlertScene scene;
        private final long startNanos = System.nanoTime();
        private final Map<String, Long> fired = new HashMap<>();
        private final Map<String, Long> gone = new HashMap<>();
        private long mendNanos;
        private boolean settled;

        Watch(AlertScene scene) {
            this.scene = scene;
        }

        synchronized void see(List<DrillPrometheus.Alert> alerts) {
            if (settled) {
                return;
            }
            long now = System.nanoTime();
            for (String name : scene.alerts()) {
                List<DrillPrometheus.Alert> ours = alerts.stream()
                        .filter(alert -> alert.name().equals(name) && scene.concerns(alert))
                        .toList();
                if (ours.stream().anyMatch(alert -> alert.state().equals("firing"))) {
                    fired.putIfAbsent(name, now);
                }
                if (!ours.isEmpty()) {
                    gone.remove(name);
                } else if (mendNanos != 0) {
                    gone.putIfAbsent(name, now);
                }
            }
        }

        synchronized void mends() {
            mendNanos = System.nanoTime();
            gone.clear();
        }

        synchronized boolean allFired() {
            return fired.keySet().containsAll(scene.alerts());
        }

        synchronized boolean allGone() {
            return gone.keySet().containsAll(scene.alerts());
        }

        /** True where all are gone; what comes back behind that is of no scene. */
        synchronized boolean settle() {
            settled |= allGone();
            return settled;
        }

        synchronized @Nullable Long fireMillis(String alert) {
            Long at = fired.get(alert);
            return at == null ? null : TimeUnit.NANOSECONDS.toMillis(at - startNanos);
        }

        synchronized @Nullable Long healMillis(String alert) {
            Long at = gone.get(alert);
            return at == null ? null : TimeUnit.NANOSECONDS.toMillis(Math.max(0, at - mendNanos));
        }
    }

    /**
     * Does all of it.
     *
     * @return one result for each alert of each scene, in the order of the scenes
     */
    List<AlertResult> run() throws Exception {
        for (AlertScene scene : scenes) {
            for (String alert : scene.alerts()) {
                if (!severities.containsKey(alert)) {
                    throw CommandFailure.dataMismatch(
                            "an alert that is drilled must be a rule, " + alert + " was none", "alerts.yml", null);
                }
            }
        }
        Duration history = scenes.stream()
                .map(AlertScene::history)
                .max(Duration::compareTo)
                .orElse(Duration.ZERO)
                .dividedBy(stage.factor());
        stage.await(
                "what was read " + history.toMillis() + " ms ago",
                PATIENCE.plus(history),
                () -> !stage.prometheus()
                        .ask("candlewick:read offset " + FasterRules.text(history))
                        .isEmpty());
        Set<String> early = stage.prometheus().firing();
        if (!early.isEmpty()) {
            stage.note("fires before the first fault: " + early);
        }
        Thread looker = new Thread(this::look, "drill-alerts-look");
        looker.setDaemon(true);
        looker.start();
        ExecutorService beside = Executors.newCachedThreadPool();
        try {
            List<Future<?>> aside = new ArrayList<>();
            for (AlertScene scene : scenes) {
                if (scene.isAside()) {
                    aside.add(beside.submit(() -> play(scene)));
                }
            }
            for (AlertScene scene : scenes) {
                if (!scene.isAside()) {
                    play(scene);
                }
            }
            for (Future<?> one : aside) {
                one.get();
            }
        } finally {
            beside.shutdownNow();
            ended = true;
            looker.join();
        }
        List<String> order =
                scenes.stream().flatMap(scene -> scene.alerts().stream()).toList();
        List<AlertResult> sorted = new ArrayList<>(results);
        sorted.sort((one, other) -> Integer.compare(order.indexOf(one.alert()), order.indexOf(other.alert())));
        return sorted;
    }

    /** The commands of the runbook that were given for an alert. */
    List<String> commands(String alert) {
        synchronized (commands) {
            return commands.getOrDefault(alert, List.of());
        }
    }

    /** Alerts that fired although no scene was about them then: consequences of a fault. */
    Set<String> others() {
        return others;
    }

    private void look() {
        while (!ended) {
            try {
                List<DrillPrometheus.Alert> alerts = stage.prometheus().alerts();
                watches.forEach(watch -> watch.see(alerts));
                blind = null;
            } catch (RuntimeException e) {
                // Told by whoever waits, where it lasts.
                blind = e;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    private void play(AlertScene scene) {
        Duration limit = PATIENCE.plus(scene.slowest().dividedBy(stage.factor()));
        String problem = "";
        boolean healthy = true;
        stage.takeCommands();
        try {
            // What an earlier fault has left in a range is not of this one.
            problem = until(
                    limit, () -> stage.prometheus().alerts().stream().noneMatch(alert -> isOf(scene, alert)), () -> {});
        } catch (Exception e) {
            problem = said(e);
        }
        Watch watch = new Watch(scene);
        watches.add(watch);
        try {
            stage.note(scene.fault() + " …");
            scene.fail(stage);
            problem += until(limit, watch::allFired, () -> scene.keepUp(stage));
            Set<String> firing = stage.prometheus().firing();
            scenes.forEach(one -> firing.removeAll(one.alerts()));
            others.addAll(firing);
            stage.takeCommands();
        } catch (Exception e) {
            problem = said(e);
        }
        watch.mends();
        try {
            scene.mend(stage);
            String late = until(limit, watch::allGone, () -> {});
            problem = problem.isEmpty() ? late : problem;
        } catch (Exception e) {
            problem = problem.isEmpty() ? said(e) : problem + "; " + said(e);
        }
        List<String> given = stage.takeCommands();
        if (!scene.isAside()) {
            try {
                stage.awaitHealthy(scene.fault(), HEALTH_LIMIT);
            } catch (RuntimeException e) {
                healthy = false;
                problem = problem.isEmpty() ? said(e) : problem + "; " + said(e);
            }
        }
        if (problem.isEmpty()) {
            try {
                // On a busy machine scrapes run out of their time, and alerts come back: the last end of them counts.
                String again = until(limit, watch::settle, () -> {});
                problem = again.isEmpty() ? "" : "came back, gone again " + again;
            } catch (Exception e) {
                problem = said(e);
            }
        }
        watches.remove(watch);
        for (String alert : scene.alerts()) {
            AlertResult result = new AlertResult(
                    alert,
                    Objects.requireNonNull(severities.get(alert)),
                    scene.fault(),
                    watch.fireMillis(alert),
                    watch.healMillis(alert),
                    healthy,
                    problem);
            results.add(result);
            synchronized (commands) {
                commands.put(alert, given);
            }
            stage.note(alert + ": fired after " + AlertResult.seconds(result.fireMillis()) + " s, ended "
                    + AlertResult.seconds(result.healMillis()) + " s after the first command"
                    + (result.passed() ? "" : " FAILED " + problem));
        }
    }

    private static boolean isOf(AlertScene scene, DrillPrometheus.Alert alert) {
        return scene.alerts().contains(alert.name()) && scene.concerns(alert);
    }

    private static String said(Exception e) {
        return e instanceof CommandFailure ? String.valueOf(e.getMessage()) : e.toString();
    }

    /** Something that may fail. */
    private interface Action {
        void run() throws Exception;
    }

    private String until(Duration limit, java.util.function.BooleanSupplier condition, Action meanwhile)
            throws Exception {
        long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            stage.check();
            stage.feed().check();
            meanwhile.run();
            if (System.nanoTime() - start > limit.toNanos()) {
                RuntimeException unseen = blind;
                return unseen == null ? "not within " + limit.toSeconds() + " s" : String.valueOf(unseen.getMessage());
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return "";
    }
}
