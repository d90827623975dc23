package dev.candlewick.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CompactLayoutTest {
    /** One field: how it is written, and how it is read back and compared. */
    private interface Field {
        void write(StateOutput out);

        void check(StateInput in) throws IOException;

        static Field of(int kind, Random random) {
            int bits = random.nextInt(Long.SIZE);
            long value = random.nextLong() >> bits;
            long base = random.nextLong() >> random.nextInt(Long.SIZE);
            return switch (kind) {
                case 0 ->
                    new Field() {
                        @Override
                        public void write(StateOutput out) {
                            out.number(value);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.number()).isEqualTo(value);
                        }
                    };
                case 1 ->
                    new Field() {
                        @Override
                        public void write(StateOutput out) {
                            out.number(value, base);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.number(base)).isEqualTo(value);
                        }
                    };
                case 2 ->
                    new Field() {
                        private final long step = 1 + random.nextInt(1_000_000_000);
                        private final long near = base >> 2;
                        private final long far = near + step * random.nextInt(1 << random.nextInt(31));

                        @Override
                        public void write(StateOutput out) {
                            out.multiple(far, near, step);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.multiple(near, step)).isEqualTo(far);
                        }
                    };
                case 3 ->
                    new Field() {
                        @Override
                        public void write(StateOutput out) {
                            out.word(value);
                            out.flag(value < 0);
                            out.bits((int) value & 0xff);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.word()).isEqualTo(value);
                            assertThat(in.flag()).isEqualTo(value < 0);
                            assertThat(in.bits()).isEqualTo((int) value & 0xff);
                        }
                    };
                case 4 ->
                    new Field() {
                        @Override
                        public void write(StateOutput out) {
                            out.count((int) value);
                            out.integer((int) value);
                            out.small((short) value);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.count()).isEqualTo((int) value);
                            assertThat(in.integer()).isEqualTo((int) value);
                            assertThat(in.small()).isEqualTo((short) value);
                        }
                    };
                default ->
                    new Field() {
                        private final String text = "日本".repeat(random.nextInt(3)) + Long.toString(value, 36);

                        @Override
                        public void write(StateOutput out) {
                            out.text(text);
                        }

                        @Override
                        public void check(StateInput in) throws IOException {
                            assertThat(in.text()).isEqualTo(text);
                        }
                    };
            };
        }
    }

    @Test
    void whatWasWrittenIsReadBackAndNoByteIsLeft() throws IOException {
        for (long seed = 1; seed <= 500; seed++) {
            Random random = new Random(seed);
            List<Field> fields = new ArrayList<>();
            CompactOutput out = new CompactOutput();
            out.word(1);
            out.clear();
            for (int i = random.nextInt(400); i >= 0; i--) {
                Field field = Field.of(random.nextInt(6), random);
                fields.add(field);
                field.write(out);
            }
            byte[] written = out.toBytes();
            CompactInput in = new CompactInput(written);
            for (int i = 0; i < fields.size(); i++) {
                Field field = fields.get(i);
                org.assertj.core.api.Assertions.assertThatCode(() -> field.check(in))
                        .as("seed %d, field %d", seed, i)
                        .doesNotThrowAnyException();
            }
            assertThat(in.remaining()).as("seed %d", seed).isZero();
            assertThat(in.position()).isEqualTo(written.length);

            CompactInput cut = new CompactInput(Arrays.copyOf(written, random.nextInt(written.length)));
            assertThatThrownBy(() -> {
                        for (Field field : fields) {
                            field.check(cut);
                        }
                    })
                    .as("seed %d", seed)
                    .isInstanceOf(EOFException.class);
        }
    }

    /** Bounds of each length: seven bits a byte up to 56, and nine bytes for all beyond. */
    @Test
    void aNumberTakesAsManyBytesAsItsMagnitudeNeeds() throws IOException {
        for (int bytes = 1; bytes <= 9; bytes++) {
            long largest = bytes == 9 ? Long.MAX_VALUE : (1L << 7 * bytes - 1) - 1;
            for (long value : new long[] {largest, -largest - 1}) {
                CompactOutput out = new CompactOutput();
                out.number(value);
                assertThat(out.length()).as("%d", value).isEqualTo(bytes);
                assertThat(new CompactInput(out.toBytes()).number()).isEqualTo(value);
                if (bytes < 9) {
                    out.clear();
                    out.number(value < 0 ? value - 1 : value + 1);
                    assertThat(out.length()).as("beyond %d", value).isEqualTo(bytes + 1);
                }
            }
        }
    }

    @Test
    void aMultipleThatIsNoneIsAMistakeOfTheProgram() {
        assertThatThrownBy(() -> new CompactOutput().multiple(1_500, 0, 1_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must lie whole steps from its base, was 1500");
    }

    @Test
    void aTextThatClaimsMoreThanATextMayHaveIsRefused() {
        CompactOutput out = new CompactOutput();
        out.count(StateInput.TEXT_BYTES_MAX + 1);
        assertThatThrownBy(() -> new CompactInput(out.toBytes()).text()).hasMessageContaining("up to 65535 bytes");
    }
}
