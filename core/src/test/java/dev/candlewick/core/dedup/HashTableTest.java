package dev.candlewick.core.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.candlewick.core.state.CompactInput;
import dev.candlewick.core.state.CompactOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The table against a plain set, its expiry and its layout. */
class HashTableTest {
    private record Entry(long key, long payload, long time) {}

    @Test
    void containsWhatWasInsertedAndNothingElse() throws IOException {
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            HashTable table = new HashTable();
            Set<Entry> expected = new HashSet<>();
            for (int i = 0; i < 2_000; i++) {
                Entry entry = new Entry(1 + random.nextInt(300), random.nextInt(3), random.nextInt(4));
                assertThat(table.contains(entry.key, entry.payload, entry.time))
                        .as("seed %d", seed)
                        .isEqualTo(expected.contains(entry));
                if (expected.add(entry)) {
                    table.insert(entry.key, entry.payload, entry.time, Long.MIN_VALUE);
                }
            }
            CompactOutput bytes = new CompactOutput();
            table.copy().write(bytes);
            HashTable read = HashTable.read(new CompactInput(bytes.toBytes()));
            assertThat(read.size()).isEqualTo(expected.size());
            for (Entry entry : expected) {
                assertThat(read.contains(entry.key, entry.payload, entry.time)).isTrue();
            }
            long sameKey = expected.stream().filter(entry -> entry.key == 7).count();
            int found = 0;
            for (int slot = table.first(7); slot >= 0; slot = table.next(7, slot)) {
                found++;
            }
            assertThat(found).isEqualTo((int) sameKey);
        }
    }

    @Test
    void growthDropsWhatIsOldSoASteadyStreamStaysSmall() {
        HashTable table = new HashTable();
        for (long time = 0; time < 1_000_000; time++) {
            table.insert(time, 1, time, time - 1_000);
        }
        assertThat(table.bytes()).isLessThan(8_192 * 24);
        for (long time = 999_000; time < 1_000_000; time++) {
            assertThat(table.contains(time, 1, time)).isTrue();
        }
        table.expire(1_000_000);
        assertThat(table.size()).isZero();
        assertThat(table.bytes()).isEqualTo(16 * 24);
    }

    /** Few keys in a small range give long runs of full slots, and some that go round the end of the array. */
    @Test
    void droppingTheOldKeepsEveryYoungEntryInReach() {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            int span = 20 + random.nextInt(200);
            long keys = 1L + random.nextInt(4 * span);
            HashTable table = new HashTable();
            List<Entry> all = new ArrayList<>();
            for (int time = 0; time < 20 * span; time++) {
                // The upper half of the key moves its first slot.
                Entry entry =
                        new Entry(random.nextLong(keys) + 1 | (random.nextLong(3) << 32), random.nextInt(2), time);
                table.insert(entry.key, entry.payload, entry.time, time - span);
                all.add(entry);
                Entry young = all.get(Math.max(0, time - random.nextInt(span)));
                assertThat(table.contains(young.key, young.payload, young.time))
                        .as("seed %d, %s at %d", seed, young, time)
                        .isTrue();
            }
            assertThat(table.newestNanos()).isEqualTo(20L * span - 1);
            assertThat(table.bytes()).as("seed %d", seed).isLessThanOrEqualTo(8L * span * 24 + 16 * 24);
            int counted = 0;
            for (Entry entry : new HashSet<>(all)) {
                for (int slot = table.first(entry.key); slot >= 0; slot = table.next(entry.key, slot)) {
                    if (table.timeNanos(slot) == entry.time && table.payload(slot) == entry.payload) {
                        counted++;
                    }
                }
            }
            assertThat(counted).as("seed %d: entries in reach", seed).isEqualTo(table.size());
        }
    }

    @Test
    void whatHasExpiredIsNeitherWrittenNorPassedOn() throws IOException {
        HashTable table = new HashTable();
        for (int time = 0; time < 10; time++) {
            // The bound goes back at the end, and what it has let expire stays so.
            table.insert(time + 1, 7, time, time < 9 ? time - 4 : 0);
        }
        assertThat(table.size()).as("not full yet").isEqualTo(10);
        CompactOutput bytes = new CompactOutput();
        table.copy().write(bytes);
        HashTable read = HashTable.read(new CompactInput(bytes.toBytes()));
        assertThat(read.size()).isEqualTo(6);
        for (int time = 0; time < 10; time++) {
            assertThat(read.contains(time + 1, 7, time)).as("entry at %d", time).isEqualTo(time >= 4);
        }
        List<Long> passedOn = new ArrayList<>();
        table.forEach((key, payload, timeNanos) -> passedOn.add(timeNanos));
        assertThat(passedOn).containsExactlyInAnyOrder(4L, 5L, 6L, 7L, 8L, 9L);

        table.expire(9);
        CompactOutput last = new CompactOutput();
        table.write(last);
        assertThat(HashTable.read(new CompactInput(last.toBytes())).size()).isEqualTo(1);
    }

    @Test
    void brokenBytesAreRefused() {
        CompactOutput bytes = new CompactOutput();
        bytes.count(-1);
        assertThatThrownBy(() -> HashTable.read(new CompactInput(bytes.toBytes())))
                .hasMessageContaining("id table must hold");
    }
}
