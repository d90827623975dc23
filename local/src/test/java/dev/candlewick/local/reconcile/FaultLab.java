package dev.candlewick.local.reconcile;

import dev.candlewick.connectors.format.PublishedJson;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.LakeTamper;
import dev.candlewick.connectors.lake.ReconcileReport;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Published;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.reconcile.Difference;
import dev.candlewick.core.reconcile.Finding;
import dev.candlewick.core.reconcile.ReconcileResult;
import dev.candlewick.jobs.config.ConfigurationSources;
import dev.candlewick.jobs.config.ResolvedConfiguration;
import dev.candlewick.local.broker.Topics;
import dev.candlewick.local.testing.Cli;
import dev.candlewick.local.testing.TestKafka;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Many cases in one lake and one set of topics: each an instrument and an hour of its own, with one fault or none.
 *
 * <p>The stream is a streaming run over the cases' files, each file a partition with a mark of its own; its lake is tampered
 * with, its values go to real topics, some of them changed, and the command reconciles all of it at once.
 */
final class FaultLab {
    private static final long START_NANOS = TimeUnit.SECONDS.toNanos(1_700_006_400L);
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final int PER_HOUR = 8;
    private static final int TRADES = 40;
    private static final Fault[] FAULTS = Fault.values();

    private final Path directory;
    private final TestKafka kafka;
    private final Random random;
    private final int cases;
    private final Cli cli;
    private final String prefix;

    FaultLab(Path directory, TestKafka kafka, long seed, int cases) {
        this.directory = directory;
        this.kafka = kafka;
        this.random = new Random(seed);
        this.cases = cases;
        this.cli = new Cli(directory, kafka);
        this.prefix = kafka.newName("faults") + ".";
    }

    /** What became of a case. */
    record Outcome(
            String symbol, Fault fault, boolean detected, boolean rightCause, boolean healedWrongly, String told) {}

    static Fault fault(int index) {
        return FAULTS[index % FAULTS.length];
    }

    static String symbol(int index) {
        return "C%05d".formatted(index);
    }

    /** Makes, breaks, reconciles and judges all cases. */
    List<Outcome> run() throws IOException {
        Path input = Files.createDirectories(directory.resolve("in"));
        Path wrong = Files.createDirectories(directory.resolve("wrong"));
        for (int i = 0; i < cases; i++) {
            List<String> rows = trades(i);
            Files.write(input.resolve(symbol(i) + ".csv"), rows);
            if (fault(i) == Fault.WRONG_PROFILE) {
                Files.write(wrong.resolve(symbol(i) + ".csv"), rows);
            }
        }
        replay("in", "lake");
        replay("wrong", "other", "--set", "dedup.key=none");
        ResolvedConfiguration config = ResolvedConfiguration.resolve(
                ConfigurationSources.builder().workingDirectory(directory).build());
        LakeTamper lake = new LakeTamper(directory.resolve("lake"), config.feedRules());
        LakeTamper other = new LakeTamper(directory.resolve("other"), config.feedRules());
        List<LakeTamper.Row> rows = published(lake, other);
        tamper(lake, rows);
        publish(rows);
        Path report = directory.resolve("report");
        Cli.Result result = cli.run(
                "reconcile",
                "--lake",
                directory.resolve("lake").toString(),
                "--kafka",
                "local",
                "--report",
                report.toString(),
                "--set",
                "topic.prefix=" + prefix,
                "--set",
                "parallelism=2");
        if (result.code() != 0 && result.code() != 3) {
            throw new AssertionError("reconcile ended with " + result.code() + ": " + result.err());
        }
        try (Stream<Path> runs = Files.list(report)) {
            return judge(ReconcileReport.read(runs.findFirst().orElseThrow().resolve(ReconcileReport.JSON)));
        }
    }

    /** Trades of a case by time, five to fifteen seconds apart; those of two faults carry something special. */
    private List<String> trades(int index) {
        List<String> rows = new ArrayList<>();
        rows.add("row,recv_time_ns,event_time_ns,venue,symbol,trade_id,price,size,side,conditions,flags");
        long time = START_NANOS + index / PER_HOUR * HOUR_NANOS + TimeUnit.SECONDS.toNanos(random.nextInt(600));
        long price = 100_000 + random.nextInt(50_000);
        int skewed = TRADES / 4 + random.nextInt(TRADES / 2);
        for (int i = 0; i < TRADES; i++) {
            time += TimeUnit.MILLISECONDS.toNanos(5_000 + random.nextInt(10_000)) + random.nextInt(1_000_000);
            price += random.nextInt(401) - 200;
            boolean skew = fault(index) == Fault.CLOCK_SKEW && i == skewed;
            long shown = skew ? time + TimeUnit.SECONDS.toNanos(60) : time;
            String id = fault(index) == Fault.DOUBLED ? "" : Integer.toString(index * 1_000 + i);
            String size = (1 + random.nextInt(9_999)) + "." + (1 + random.nextInt(99_999));
            String row = "%d,,%d,lab,%s,%s,%d.%02d,%s,%s,,"
                    .formatted(
                            i,
                            shown,
                            symbol(index),
                            id,
                            price / 100,
                            price % 100,
                            size,
                            random.nextBoolean() ? "buy" : "sell");
            rows.add(row);
            if (fault(index) == Fault.WRONG_PROFILE && i % 7 == 3) {
                rows.add(row);
            }
        }
        return rows;
    }

    private void replay(String input, String output, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "replay",
                "--input",
                directory.resolve(input).toString(),
                "--format",
                "csv",
                "--mode",
                "streaming",
                "--output",
                directory.resolve(output).toString(),
                "--set",
                "late=apply",
                "--set",
                "parallelism=2"));
        arguments.addAll(List.of(more));
        Cli.Result result = cli.run(arguments.toArray(String[]::new));
        if (result.code() != 0) {
            throw new AssertionError("replay ended with " + result.code() + ": " + result.err());
        }
    }

    private static String symbolOf(Published value) {
        return value instanceof Candle candle ? candle.symbol() : ((VwapRow) value).symbol();
    }

    private static int indexOf(String symbol) {
        return Integer.parseInt(symbol.substring(1));
    }

    /** The stream's values, those of the wrong profile by that profile. */
    private static List<LakeTamper.Row> published(LakeTamper lake, LakeTamper other) {
        List<LakeTamper.Row> rows = new ArrayList<>();
        for (LakeTamper.Row row : lake.published()) {
            if (fault(indexOf(symbolOf(row.value()))) != Fault.WRONG_PROFILE) {
                rows.add(row);
            }
        }
        rows.addAll(other.published());
        return rows;
    }

    private void tamper(LakeTamper lake, List<LakeTamper.Row> rows) throws IOException {
        Map<String, List<Trade>> archive = lake.trades();
        lake.clear(LakeTable.TRADES);
        lake.clear(LakeTable.CANDLES);
        lake.clear(LakeTable.VWAP);
        lake.addPublished(rows);
        Map<Fault, List<Path>> files = new TreeMap<>();
        for (Map.Entry<String, List<Trade>> source : archive.entrySet()) {
            int index = indexOf(source.getValue().get(0).instrument.symbol());
            Fault fault = fault(index);
            List<Trade> trades = new ArrayList<>(source.getValue());
            Trade picked = trades.get(trades.size() / 4 + random.nextInt(trades.size() / 2));
            switch (fault) {
                case DROPPED -> trades.remove(picked);
                case DOUBLED -> {
                    Trade copy = picked.copy();
                    copy.readOffset = trades.size() + 1_000L;
                    trades.add(copy);
                }
                case REORDERED -> Collections.shuffle(trades, random);
                case PRICE_FLIPPED -> picked.priceScaled += 10_000_000_000L * (1 + random.nextInt(5));
                default -> {}
            }
            String name = "part-" + symbol(index) + ".parquet";
            Path file = lake.addTrades(source.getKey(), trades, name, fault == Fault.WRONG_DAY ? -1 : 0);
            if (fault == Fault.FILE_DOUBLED) {
                Path copy = file.resolveSibling("part-" + symbol(index) + "-copy.parquet");
                Files.copy(file, copy);
                lake.name(LakeTable.TRADES, copy);
            }
            files.computeIfAbsent(fault, key -> new ArrayList<>()).add(file);
        }
        lake.seal();
        for (Path file : files.getOrDefault(Fault.FILE_LOST, List.of())) {
            Files.delete(file);
        }
        for (Path file : files.getOrDefault(Fault.FILE_TRUNCATED, List.of())) {
            byte[] bytes = Files.readAllBytes(file);
            Files.write(
                    file,
                    java.util.Arrays.copyOf(bytes, bytes.length / 2 + random.nextInt(bytes.length / 2)),
                    StandardOpenOption.TRUNCATE_EXISTING);
        }
    }

    private void publish(List<LakeTamper.Row> rows) {
        Map<Integer, List<LakeTamper.Row>> byCase = new TreeMap<>();
        for (LakeTamper.Row row : rows) {
            byCase.computeIfAbsent(indexOf(symbolOf(row.value())), key -> new ArrayList<>())
                    .add(row);
        }
        for (String interval : List.of("1s", "10s", "1m", "3m", "5m", "15m")) {
            Topics.ensure(kafka.admin(), prefix + "candles." + interval, 2, Map.of());
        }
        Topics.ensure(kafka.admin(), prefix + "vwap.5m", 2, Map.of());
        Map<String, PublishedJson> writers = new HashMap<>();
        try (KafkaProducer<byte[], byte[]> producer = kafka.producer(Map.of())) {
            byCase.forEach((index, own) -> {
                for (LakeTamper.Row row : inTopic(fault(index), own)) {
                    PublishedJson json = writers.computeIfAbsent(row.profile(), PublishedJson::new);
                    boolean candle = row.value() instanceof Candle;
                    producer.send(new ProducerRecord<>(
                            candle
                                    ? prefix + "candles."
                                            + ((Candle) row.value()).interval().name()
                                    : prefix + "vwap.5m",
                            row.value().key().getBytes(StandardCharsets.UTF_8),
                            candle ? json.candle((Candle) row.value()) : json.vwap((VwapRow) row.value())));
                }
            });
            producer.flush();
        }
    }

    /** What the topics have of a case. */
    private List<LakeTamper.Row> inTopic(Fault fault, List<LakeTamper.Row> rows) {
        List<LakeTamper.Row> sorted = new ArrayList<>(rows);
        sorted.sort(java.util.Comparator.comparingLong(LakeTamper.Row::knownAtNanos));
        List<Integer> candles = new ArrayList<>();
        for (int i = 0; i < sorted.size(); i++) {
            if (sorted.get(i).value() instanceof Candle) {
                candles.add(i);
            }
        }
        int picked = candles.get(random.nextInt(candles.size()));
        switch (fault) {
            case TOPIC_MISSING -> sorted.remove(picked);
            case TOPIC_ALTERED -> {
                Candle candle = (Candle) sorted.get(picked).value();
                sorted.set(
                        picked,
                        new LakeTamper.Row(
                                altered(candle),
                                sorted.get(picked).profile(),
                                sorted.get(picked).knownAtNanos()));
            }
            case TRANSACTION_LOST -> {
                int from = random.nextInt(sorted.size() - 6);
                sorted.subList(from, from + 3 + random.nextInt(sorted.size() - from - 3))
                        .clear();
            }
            default -> {}
        }
        return sorted;
    }

    private Candle altered(Candle candle) {
        long close = candle.closeScaled() + 10_000_000_000L * (1 + random.nextInt(9));
        return new Candle(
                candle.venue(),
                candle.symbol(),
                candle.interval(),
                candle.startNanos(),
                candle.priceScale(),
                candle.sizeScale(),
                candle.openScaled(),
                Math.max(candle.highScaled(), close),
                candle.lowScaled(),
                close,
                candle.volume(),
                candle.notional(),
                candle.trades(),
                candle.firstTradeNanos(),
                candle.lastTradeNanos(),
                candle.revision(),
                candle.reason(),
                candle.isFinal(),
                candle.digest(),
                candle.flags(),
                candle.previousTrades());
    }

    private List<Outcome> judge(ReconcileResult result) {
        Map<String, List<Difference>> bySymbol = result.differences().stream()
                .collect(Collectors.groupingBy(difference -> difference.key().symbol()));
        List<Outcome> outcomes = new ArrayList<>();
        for (int i = 0; i < cases; i++) {
            Fault fault = fault(i);
            String symbol = symbol(i);
            List<Difference> own = bySymbol.getOrDefault(symbol, List.of());
            Set<String> causes = own.stream()
                    .map(difference -> difference.cause().name())
                    .collect(Collectors.toCollection(java.util.TreeSet::new));
            List<Finding> findings = result.findings().stream()
                    .filter(finding -> finding.detail().contains(symbol))
                    .toList();
            findings.forEach(finding -> causes.add(finding.cause().name()));
            boolean nothing = own.isEmpty() && findings.isEmpty();
            boolean detected =
                    fault.cause() == null ? nothing : fault.isOfFilesAlone() ? !findings.isEmpty() : !own.isEmpty();
            boolean right = fault.cause() == null ? nothing : causes.equals(Set.of(String.valueOf(fault.cause())));
            boolean healedWrongly = !fault.healable() && own.stream().anyMatch(Difference::healable);
            String told = own.stream()
                    .filter(difference -> difference.cause() != fault.cause())
                    .findFirst()
                    .or(() -> own.stream().findFirst())
                    .map(difference -> difference.key() + " " + difference.kind() + " " + difference.cause() + " "
                            + difference.diagnosis().evidence())
                    .orElse(findings.toString());
            outcomes.add(new Outcome(symbol, fault, detected, right, healedWrongly, causes + " " + told));
        }
        return outcomes;
    }
}
