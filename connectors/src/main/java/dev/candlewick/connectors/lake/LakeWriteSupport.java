package dev.candlewick.connectors.lake;

import dev.candlewick.core.model.Candle;
import dev.candlewick.core.model.Trade;
import dev.candlewick.core.model.VwapRow;
import dev.candlewick.core.number.Decimals;
import dev.candlewick.core.number.Int128;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows of one table field by field, in the order of {@link LakeTable#columns()}; for one thread.
 *
 * <p>Subclasses call one value method per column in order; a null skips the column. Names and positions come from the
 * schema, so a writer cannot disagree with it about order: a value of the wrong type fails in the first row written.
 */
abstract class LakeWriteSupport<T> extends WriteSupport<T> {
    private static final int DECIMAL_BYTES = 16;
    private static final byte[] HEX_DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    /** A power of two. */
    private static final int TEXTS = 1024;

    private static final int TEXT_LENGTH_MAX = 32;

    protected final LakeTarget target;
    private final LakeTable table;
    private final MessageType schema;
    private final String[] names;
    private final Binary run;
    private final Binary profile;
    private final Binary[] sources;
    private final byte[] decimal = new byte[DECIMAL_BYTES];
    private final Binary decimalBinary = Binary.fromReusedByteArray(decimal);
    private final byte[] digits = new byte[20];
    private final byte[] hex = new byte[32];
    private final Binary hexBinary = Binary.fromReusedByteArray(hex);
    /** Short texts that were written, by their hash: venues, symbols and names come again in every row. */
    private final @Nullable String[] textKeys = new @Nullable String[TEXTS];

    private final Binary[] texts = new Binary[TEXTS];

    @SuppressWarnings("NullAway.Init")
    private RecordConsumer consumer;

    private int column;

    LakeWriteSupport(LakeTable table, LakeTarget target) {
        this.table = table;
        this.target = target;
        this.schema = table.parquetSchema(target.scales());
        this.names = table.columns().stream().map(LakeTable.Column::name).toArray(String[]::new);
        this.run = text(target.run());
        this.profile = text(target.profile());
        List<Binary> list = new ArrayList<>();
        for (String source : target.sources()) {
            list.add(text(source));
        }
        this.sources = list.toArray(Binary[]::new);
    }

    /** Writes the table's own columns of one row. */
    protected abstract void writeOwn(T row);

    @Override
    public final WriteContext init(Configuration configuration) {
        return context();
    }

    @Override
    public final WriteContext init(ParquetConfiguration configuration) {
        return context();
    }

    private WriteContext context() {
        return new WriteContext(
                schema,
                Map.of(
                        "candlewick.table", table.directory(),
                        "candlewick.version", Integer.toString(target.version()),
                        "candlewick.run", target.run()));
    }

    @Override
    public final void prepareForWrite(RecordConsumer recordConsumer) {
        consumer = recordConsumer;
    }

    @Override
    public final void write(T row) {
        consumer.startMessage();
        column = 0;
        writeOwn(row);
        time(target.knownAt().nanos());
        binary(run);
        if (target.generation() > 0) {
            bigint(target.generation());
        } else {
            skip();
        }
        consumer.endMessage();
    }

    static Binary text(String value) {
        return Binary.fromConstantByteArray(value.getBytes(StandardCharsets.UTF_8));
    }

    protected final void skip() {
        column++;
    }

    protected final void bigint(long value) {
        start();
        consumer.addLong(value);
        end();
    }

    /** A time; absent is null. */
    protected final void time(long nanos) {
        if (nanos == Trade.TIME_ABSENT) {
            skip();
        } else {
            bigint(nanos);
        }
    }

    protected final void integer(int value) {
        start();
        consumer.addInteger(value);
        end();
    }

    protected final void bool(boolean value) {
        start();
        consumer.addBoolean(value);
        end();
    }

    protected final void binary(Binary value) {
        start();
        consumer.addBinary(value);
        end();
    }

    protected final void varchar(@Nullable String value) {
        if (value == null) {
            skip();
        } else {
            binary(known(value));
        }
    }

    private Binary known(String value) {
        if (value.length() > TEXT_LENGTH_MAX) {
            return text(value);
        }
        int hash = value.hashCode();
        int slot = (hash ^ hash >>> 16) & TEXTS - 1;
        if (!value.equals(textKeys[slot])) {
            textKeys[slot] = value;
            texts[slot] = text(value);
        }
        return texts[slot];
    }

    /** A number that is not negative, as its digits. */
    protected final void varcharDigits(long value) {
        int at = digits.length;
        do {
            digits[--at] = (byte) ('0' + value % 10);
            value /= 10;
        } while (value != 0);
        binary(Binary.fromReusedByteArray(digits, at, digits.length - at));
    }

    protected final void varcharList(List<String> values) {
        start();
        consumer.startGroup();
        if (!values.isEmpty()) {
            consumer.startField("list", 0);
            for (String value : values) {
                consumer.startGroup();
                consumer.startField("element", 0);
                consumer.addBinary(text(value));
                consumer.endField("element", 0);
                consumer.endGroup();
            }
            consumer.endField("list", 0);
        }
        consumer.endGroup();
        end();
    }

    protected final void hex(Int128 value) {
        putHex(value.high(), 0);
        putHex(value.low(), 16);
        binary(hexBinary);
    }

    private void putHex(long value, int offset) {
        for (int i = 0; i < 16; i++) {
            hex[offset + i] = HEX_DIGITS[(int) (value >>> (60 - 4 * i)) & 0xf];
        }
    }

    protected final void profile() {
        binary(profile);
    }

    protected final void source(int ordinal) {
        if (ordinal < 0 || ordinal >= sources.length) {
            binary(text(target.sourceName(ordinal)));
        } else {
            binary(sources[ordinal]);
        }
    }

    protected final void price(long scaled, int scale) {
        decimal(scaled, scale, target.scales().priceScale());
    }

    protected final void size(long scaled, int scale) {
        decimal(scaled, scale, target.scales().sizeScale());
    }

    /**
     * A 64-bit decimal at a larger scale. It always fits: at most 19 digits and 18 more decimals are 37 digits.
     */
    private void decimal(long scaled, int fromScale, int toScale) {
        long factor = Decimals.powerOfTen(toScale - fromScale);
        decimal(Math.multiplyHigh(scaled, factor), scaled * factor);
    }

    /** A 128-bit decimal at a larger scale; more than 38 digits stop the job with the row's key. */
    protected final void decimal(Int128 scaled, int fromScale, int toScale, Object row) {
        Int128 value;
        if (toScale == fromScale) {
            value = scaled;
        } else if (scaled.isLong() && toScale - fromScale <= 18) {
            value = Int128.product(scaled.low(), Decimals.powerOfTen(toScale - fromScale));
        } else {
            BigInteger exact = scaled.toBigInteger().multiply(BigInteger.TEN.pow(toScale - fromScale));
            if (exact.bitLength() > 127) {
                throw tooWide(exact, toScale, row);
            }
            value = Int128.of(exact);
        }
        if (!value.isDecimal38()) {
            throw tooWide(value.toBigInteger(), toScale, row);
        }
        decimal(value.high(), value.low());
    }

    private ArithmeticException tooWide(BigInteger value, int scale, Object row) {
        String symbol = row instanceof Candle candle
                ? candle.symbol()
                : row instanceof VwapRow rolling ? rolling.symbol() : null;
        return new WideValueException(
                names[column] + " must fit 38 digits at " + scale + " decimals, was " + value + "e-" + scale + " ("
                        + table.directory() + " row " + row
                        + "; lower price.scale or size.scale of the instrument)",
                symbol);
    }

    private void decimal(long high, long low) {
        for (int i = 0; i < 8; i++) {
            decimal[i] = (byte) (high >>> (56 - 8 * i));
            decimal[8 + i] = (byte) (low >>> (56 - 8 * i));
        }
        binary(decimalBinary);
    }

    private void start() {
        consumer.startField(names[column], column);
    }

    private void end() {
        consumer.endField(names[column], column);
        column++;
    }
}
