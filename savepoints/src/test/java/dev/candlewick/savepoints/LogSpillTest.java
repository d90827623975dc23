package dev.candlewick.savepoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.candlewick.core.model.Decoded;
import dev.candlewick.core.model.Instrument;
import dev.candlewick.core.model.Trade;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log comes out of its spill in the order of its offsets, whatever the order in which the lake's files hold it. */
class LogSpillTest {
    private static final long SEED = 20_240_311L;
    private static final int PARTITIONS = 3;
    private static final int MESSAGES = 5_000;

    @TempDir
    Path directory;

    private static Decoded trade(int partition, long offset, long timeNanos) {
        Decoded decoded = new Decoded();
        Trade trade = decoded.trade();
        trade.instrument = Instrument.ofVenue("alpha", "S" + offset % 5, 12, 8);
        trade.eventTimeNanos = timeNanos;
        trade.priceScaled = 1 + offset;
        trade.sizeScaled = 1;
        trade.setId(Long.toString(offset));
        trade.readPartition = partition;
        trade.readOffset = offset;
        return decoded.setTrade();
    }

    private static List<String> read(LogSpill spill, int partition) throws Exception {
        List<String> read = new ArrayList<>();
        LogSpill.Messages messages = spill.messages(partition);
        for (Decoded message = messages.next(); message != null; message = messages.next()) {
            assertThat(message.readPartition()).isEqualTo(partition);
            read.add(message.readOffset() + "@" + message.trade().eventTimeNanos);
        }
        return read;
    }

    @Test
    void manyRunsComeOutInTheOrderOfOffsets() throws Exception {
        List<long[]> rows = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            rows.add(new long[] {i % PARTITIONS, i / PARTITIONS});
        }
        Collections.shuffle(rows, new Random(SEED));
        // About a hundred runs: a message takes some 150 bytes here.
        try (LogSpill spill = new LogSpill(directory, 8_000)) {
            int file = 0;
            for (long[] row : rows) {
                spill.add((int) row[0], row[1], file++ / 100, trade((int) row[0], row[1], row[1]));
            }
            spill.finish();
            for (int partition = 0; partition < PARTITIONS; partition++) {
                List<String> expected = new ArrayList<>();
                for (long offset = 0; offset * PARTITIONS + partition < MESSAGES; offset++) {
                    expected.add(offset + "@" + offset);
                }
                assertThat(read(spill, partition)).as("seed " + SEED).isEqualTo(expected);
            }
            assertThat(read(spill, PARTITIONS)).isEmpty();
        }
    }

    @Test
    void whatARestoredJobWroteAgainComesOnceAndTheTradesOfOneMessageAllCome() throws Exception {
        try (LogSpill spill = new LogSpill(directory, 1 << 20)) {
            // Given a message of three trades, two of one time, the last of another day and so in another file
            spill.add(0, 7, 1, trade(0, 7, 100));
            spill.add(0, 7, 1, trade(0, 7, 100));
            spill.add(0, 7, 2, trade(0, 7, 200));
            // And the same once more in two later files, and a message behind it twice
            spill.add(0, 7, 3, trade(0, 7, 100));
            spill.add(0, 7, 3, trade(0, 7, 100));
            spill.add(0, 7, 4, trade(0, 7, 200));
            spill.add(0, 8, 1, trade(0, 8, 300));
            spill.add(0, 8, 3, trade(0, 8, 300));
            spill.finish();

            assertThat(read(spill, 0)).containsExactly("7@100", "7@100", "7@200", "8@300");
        }
    }

    @Test
    void anOffsetSetKnowsItsHoles() {
        Random random = new Random(SEED);
        OffsetSet set = new OffsetSet();
        TreeSet<Long> expected = new TreeSet<>();
        for (int i = 0; i < 20_000; i++) {
            long offset = (1L << 20) - 8_000 + random.nextInt(16_000);
            assertThat(set.add(offset)).isEqualTo(expected.add(offset));
        }
        assertThat(set.count()).isEqualTo(expected.size());
        assertThat(set.first()).isEqualTo(expected.first());
        assertThat(set.last()).isEqualTo(expected.last());
        for (long offset = expected.first() - 5; offset < expected.last() + 5; offset++) {
            long missing = offset;
            while (expected.contains(missing)) {
                missing++;
            }
            Long present = expected.ceiling(offset);
            assertThat(set.nextMissing(offset))
                    .as("seed %d, offset %d", SEED, offset)
                    .isEqualTo(missing);
            assertThat(set.nextPresent(offset))
                    .as("seed %d, offset %d", SEED, offset)
                    .isEqualTo(present == null ? -1 : present);
        }
        assertThat(new OffsetSet().first()).isEqualTo(-1);
        assertThat(new OffsetSet().nextMissing(5)).isEqualTo(5);
    }
}
