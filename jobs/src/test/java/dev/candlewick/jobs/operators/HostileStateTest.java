package dev.candlewick.jobs.operators;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.engine.InstrumentState;
import dev.candlewick.core.ledger.Counter;
import dev.candlewick.core.ledger.StageTotals;
import dev.candlewick.core.model.VenueSeconds;
import dev.candlewick.core.quality.QualitySettings;
import dev.candlewick.core.quality.SilenceDetector;
import dev.candlewick.core.time.Interval;
import dev.candlewick.testkit.property.SeededProperty;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.flink.api.common.state.StateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever bytes a state type is given, it gives back a value of its own or an {@link IOException} that names the state:
 * never another exception, never a loop, and never more memory than the bytes are worth.
 *
 * <p>Bytes with a wrong checksum never get further than it. So most bytes here carry the right one, over fields that are
 * cut, lengthened, random or extreme, as a newer or a wrong program could have written them.
 */
class HostileStateTest {
    private static final int SEEDS = 400;

    /** Reads one state in full. */
    @FunctionalInterface
    private interface Reader {
        void read(byte[] bytes) throws IOException;
    }

    /**
     * One state type.
     *
     * @param name what messages call it
     * @param samples valid bytes by seed
     * @param reader reads them
     * @param framed whether length and checksum stand around the fields; else the checksum only ends them
     */
    private record Type(String name, LongFunction<byte[]> samples, Reader reader, boolean framed) {
        @Override
        public String toString() {
            return name;
        }

        /** The same change of the fields, under a checksum that is right. */
        byte[] sealed(byte[] changed) {
            byte[] sealed = changed.clone();
            int end = sealed.length - Integer.BYTES;
            CRC32C crc = new CRC32C();
            if (framed) {
                ByteBuffer.wrap(sealed).putInt(1, end - 1 - Integer.BYTES);
            }
            crc.update(sealed, 0, end);
            ByteBuffer.wrap(sealed).putInt(end, (int) crc.getValue());
            return sealed;
        }

        int fieldsFrom() {
            return framed ? 1 + Integer.BYTES : Integer.BYTES;
        }
    }

    private static <T> byte[] written(TypeSerializer<T> serializer, T value) {
        try {
            DataOutputSerializer out = new DataOutputSerializer(64);
            serializer.serialize(value, out);
            return out.getCopyOfBuffer();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static <T> Reader reader(TypeSerializer<T> serializer) {
        return bytes -> serializer.deserialize(new DataInputDeserializer(bytes));
    }

    private static final Map<Long, List<InstrumentState>> HISTORIES = new HashMap<>();

    private static byte[] instrument(long seed) {
        List<InstrumentState> states = HISTORIES.computeIfAbsent(seed % 4, InstrumentStateCodecTest::states);
        return written(new InstrumentStateSerializer(), states.get((int) (seed % states.size())));
    }

    private static StageTotals totals(long seed) {
        Map<String, long[]> partitions = new TreeMap<>();
        for (int i = 0; i < seed % 4; i++) {
            partitions.put(
                    "trades/" + i,
                    new Random(seed).longs(Counter.COUNT, 0, 1_000).toArray());
        }
        return new StageTotals(StageTotals.Stage.MARKET, 3, 77, partitions, new long[] {1, 2, seed});
    }

    private static SilenceDetector detector() {
        return new SilenceDetector(QualitySettings.defaults(), Interval.parse("1s"), Interval.SECOND_NANOS);
    }

    private static byte[] silence(long seed) {
        try {
            SilenceDetector detector = detector();
            for (int i = 0; i < 3 + seed % 3; i++) {
                detector.add(new VenueSeconds("venue-" + i, Interval.SECOND_NANOS * 60 * (28_000_000 + i % 2), seed));
            }
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            SilenceFunction.write(detector, new DataOutputStream(bytes));
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<Type> types() {
        return TYPES.values().stream();
    }

    private static final Map<String, Type> TYPES = new LinkedHashMap<>();

    static {
        TYPES.put(
                "instrument",
                new Type(
                        "instrument state",
                        HostileStateTest::instrument,
                        reader(new InstrumentStateSerializer()),
                        false));
        TYPES.put(
                "marks",
                new Type(
                        "partition mark",
                        seed -> written(
                                new PartitionMarkSerializer(), new PartitionMark("trades", (int) seed, seed << 40)),
                        reader(new PartitionMarkSerializer()),
                        true));
        TYPES.put(
                "counters",
                new Type(
                        "partition counters",
                        seed -> written(
                                new PartitionCountSerializer(),
                                new PartitionCount(
                                        "trades",
                                        (int) seed,
                                        new Random(seed)
                                                .longs(Counter.COUNT, 0, 1_000)
                                                .toArray())),
                        reader(new PartitionCountSerializer()),
                        true));
        TYPES.put(
                "counts",
                new Type(
                        "named count",
                        seed -> written(new NamedCountSerializer(), new NamedCount("late.IDLE", seed << 20)),
                        reader(new NamedCountSerializer()),
                        true));
        Type totals = new Type(
                "totals of a stage",
                seed -> written(new StageTotalsSerializer(), totals(seed)),
                reader(new StageTotalsSerializer()),
                true);
        TYPES.put("published", totals);
        TYPES.put("ended", totals);
        TYPES.put("cut", totals);
        TYPES.put(
                "silence",
                new Type(
                        "silence state",
                        HostileStateTest::silence,
                        bytes -> SilenceFunction.read(bytes, detector()),
                        true));
    }

    /** Whoever adds a state adds it here too. */
    @Test
    void everyStateIsTried() throws IllegalAccessException {
        List<String> names = new ArrayList<>();
        for (Field field : States.class.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers())
                    && field.get(null) instanceof StateDescriptor<?, ?> descriptor) {
                names.add(descriptor.getName());
            }
        }
        assertThat(names).isNotEmpty().containsExactlyInAnyOrderElementsOf(TYPES.keySet());
    }

    @ParameterizedTest
    @MethodSource("types")
    void anyChangeUnderTheOldChecksumIsRefused(Type type) {
        SeededProperty.check(LongStream.rangeClosed(1, SEEDS), seed -> {
            Random random = new Random(seed);
            byte[] bytes = type.samples().apply(seed);
            type.reader().read(bytes);
            byte[] changed = bytes.clone();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
            }
            if (!Arrays.equals(changed, bytes)) {
                assertRefused(type, changed);
            }
            assertRefused(type, Arrays.copyOf(bytes, random.nextInt(bytes.length)));
        });
    }

    @ParameterizedTest
    @MethodSource("types")
    void randomBytesAreRefused(Type type) {
        SeededProperty.check(LongStream.rangeClosed(1, SEEDS), seed -> {
            Random random = new Random(seed);
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            assertRefused(type, bytes);
            // Behind the right version, so that the fields themselves are reached.
            byte[] valid = type.samples().apply(seed);
            byte[] headed = Arrays.copyOf(valid, type.fieldsFrom() + bytes.length + Integer.BYTES);
            System.arraycopy(bytes, 0, headed, type.fieldsFrom(), bytes.length);
            assertRefused(type, type.sealed(headed));
        });
    }

    /** A field of all ones, all zeros, the largest or the smallest number, or of anything, and a checksum that is right. */
    @ParameterizedTest
    @MethodSource("types")
    void extremeFieldsAreValuesOrRefused(Type type) {
        int[] refused = new int[1];
        SeededProperty.check(LongStream.rangeClosed(1, SEEDS), seed -> {
            Random random = new Random(seed);
            byte[] changed = type.samples().apply(seed);
            int fields = changed.length - Integer.BYTES - type.fieldsFrom();
            int at = type.fieldsFrom() + random.nextInt(fields);
            int length = Math.min(1 << random.nextInt(4), changed.length - Integer.BYTES - at);
            switch (random.nextInt(5)) {
                case 0 -> Arrays.fill(changed, at, at + length, (byte) 0xff);
                case 1 -> Arrays.fill(changed, at, at + length, (byte) 0);
                case 2 -> {
                    Arrays.fill(changed, at, at + length, (byte) 0xff);
                    changed[at] = 0x7f;
                }
                case 3 -> {
                    Arrays.fill(changed, at, at + length, (byte) 0);
                    changed[at] = (byte) 0x80;
                }
                default -> {
                    for (int i = at; i < at + length; i++) {
                        changed[i] = (byte) random.nextInt(256);
                    }
                }
            }
            try {
                type.reader().read(type.sealed(changed));
            } catch (IOException e) {
                refused[0]++;
                assertThat(e).hasMessageContaining(type.name());
            }
        });
        assertThat(refused[0]).as("refused of %s", SEEDS).isPositive();
    }

    @ParameterizedTest
    @MethodSource("types")
    void cutAndLengthenedFieldsAreRefused(Type type) {
        SeededProperty.check(LongStream.rangeClosed(1, SEEDS / 2), seed -> {
            Random random = new Random(seed);
            byte[] bytes = type.samples().apply(seed);
            int fields = bytes.length - Integer.BYTES - type.fieldsFrom();
            int kept = type.fieldsFrom() + random.nextInt(fields);
            assertRefused(type, type.sealed(Arrays.copyOf(bytes, kept + Integer.BYTES)));
            if (type.framed()) {
                // Without a frame the next value stands behind, as in keyed state.
                assertRefused(type, type.sealed(Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(20))));
            }
        });
    }

    private static void assertRefused(Type type, byte[] bytes) {
        assertThatThrownBy(() -> type.reader().read(bytes))
                .as("%s bytes", bytes.length)
                .isInstanceOf(IOException.class)
                .satisfies(e -> {
                    if (bytes.length > 0) {
                        assertThat(e).hasMessageContaining(" must ").hasMessageContaining(type.name());
                    }
                });
    }
}
