package dev.candlewick.batch.reconcile;

import dev.candlewick.connectors.lake.LakeFile;
import dev.candlewick.connectors.lake.LakeTable;
import dev.candlewick.connectors.lake.read.CandleFileReader;
import dev.candlewick.connectors.lake.read.ParquetInput;
import dev.candlewick.connectors.lake.read.TimeRange;
import dev.candlewick.connectors.lake.read.TradeFileReader;
import dev.candlewick.connectors.lake.read.VwapFileReader;
import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.reconcile.ObservedValue;
import dev.candlewick.core.reconcile.ReconcileKey;
import dev.candlewick.core.reconcile.Side;
import dev.candlewick.core.reconcile.ValueField;
import dev.candlewick.core.validate.FeedRules;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.functions.FlatMapFunction;
import org.apache.flink.util.Collector;
import org.jspecify.annotations.Nullable;

/** Reads whole files of a lake inside the job: one element is one file's path. */
public final class LakeRows {
    private LakeRows() {}

    private static String where(Path file) {
        Path name = file.getFileName();
        return name == null ? file.toString() : name.toString();
    }

    /** A candle of the lake as a value. */
    static ObservedValue value(
            Candle candle, int priceScale, int sizeScale, String profile, long knownAtNanos, String where) {
        return withOrigin(ObservedValue.of(candle, priceScale, sizeScale, profile), knownAtNanos, where);
    }

    /** A VWAP row of the lake as a value. */
    static ObservedValue value(
            VwapRow row, int priceScale, int sizeScale, String profile, long knownAtNanos, String where) {
        return withOrigin(ObservedValue.of(row, priceScale, sizeScale, profile), knownAtNanos, where);
    }

    private static ObservedValue withOrigin(ObservedValue value, long knownAtNanos, String where) {
        ReconcileKey key = value.key();
        ObservedValue.Builder builder = ObservedValue.builder(key, value.priceScale(), value.sizeScale())
                .ownScales(value.ownPriceScale(), value.ownSizeScale())
                .revision(value.revision(), value.reason())
                .profile(value.profile())
                .knownAt(knownAtNanos)
                .where(where);
        for (ValueField field : ValueField.of(key.kind())) {
            builder.set(field, value.get(field), field.scale(value.priceScale(), value.sizeScale()));
        }
        return builder.build();
    }

    /** Published rows of the lake. */
    static final class Values implements FlatMapFunction<String, SidedValue> {
        private static final long serialVersionUID = 1L;

        private final LakeTable table;
        private final FeedRules rules;
        private final TimeRange range;
        private final int priceScale;
        private final int sizeScale;
        private final @Nullable List<String> symbols;

        Values(
                LakeTable table,
                FeedRules rules,
                TimeRange range,
                int priceScale,
                int sizeScale,
                @Nullable List<String> symbols) {
            this.table = table;
            this.rules = rules;
            this.range = range;
            this.priceScale = priceScale;
            this.sizeScale = sizeScale;
            this.symbols = symbols;
        }

        @Override
        public void flatMap(String path, Collector<SidedValue> out) {
            forEach(
                    Path.of(path),
                    table,
                    rules,
                    range,
                    priceScale,
                    sizeScale,
                    symbols,
                    value -> out.collect(new SidedValue(Side.LAKE, value)));
        }
    }

    /** Takes a value. */
    public interface ValueConsumer {
        /** Takes it. */
        void accept(ObservedValue value);
    }

    /** Reads every revision of the published rows of a file. */
    public static void forEach(
            Path file,
            LakeTable table,
            FeedRules rules,
            TimeRange range,
            int priceScale,
            int sizeScale,
            @Nullable List<String> symbols,
            ValueConsumer consumer) {
        String where = where(file);
        if (table == LakeTable.CANDLES) {
            try (CandleFileReader reader = new CandleFileReader(ParquetInput.open(file), rules, range)) {
                for (Candle candle = reader.next(); candle != null; candle = reader.next()) {
                    if (symbols == null || symbols.contains(candle.symbol())) {
                        consumer.accept(
                                value(candle, priceScale, sizeScale, reader.profile(), reader.knownAtNanos(), where));
                    }
                }
            }
            return;
        }
        try (VwapFileReader reader = new VwapFileReader(ParquetInput.open(file), rules, range)) {
            for (VwapRow row = reader.next(); row != null; row = reader.next()) {
                if (symbols == null || symbols.contains(row.symbol())) {
                    consumer.accept(value(row, priceScale, sizeScale, reader.profile(), reader.knownAtNanos(), where));
                }
            }
        }
    }

    /** Archived trades as decoded messages. */
    static final class Trades implements FlatMapFunction<String, Decoded> {
        private static final long serialVersionUID = 1L;

        private final List<String> files;
        private final FeedRules rules;
        private final TimeRange range;

        /** Trades of files, with what the stamp found when their log was read. */
        Trades(List<LakeFile> files, FeedRules rules, TimeRange range) {
            this.files = files.stream().map(file -> file.path().toString()).toList();
            this.rules = rules;
            this.range = range;
        }

        @Override
        public void flatMap(String path, Collector<Decoded> out) {
            int ordinal = files.indexOf(path);
            try (TradeFileReader reader =
                    new TradeFileReader(ParquetInput.open(Path.of(path)), 0, rules, range, true)) {
                for (Decoded decoded = reader.next(); decoded != null; decoded = reader.next()) {
                    if (decoded.isTrade()) {
                        // One source, a partition for each file: the stamp keeps a mark for each of them.
                        decoded.trade().readPartition = ordinal;
                        decoded.setTrade();
                    }
                    out.collect(decoded);
                }
            }
        }
    }
}
