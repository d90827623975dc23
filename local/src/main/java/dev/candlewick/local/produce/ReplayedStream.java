package dev.candlewick.local.produce;

import dev.candlewick.core.validate.TradeField;
import dev.candlewick.local.cli.CommandFailure;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The records of files as if they happened now: the first event time becomes the time when the stream starts, and every
 * event and receive time is shifted by the same amount.
 *
 * <p>A record without a readable event time goes out as it came.
 */
public final class ReplayedStream implements TradeStream {

    private final InputFiles files;
    private final String speed;

    private ReplayedStream(InputFiles files, String speed) {
        this.files = files;
        this.speed = speed;
    }

    /**
     * Finds the files and looks at their headers.
     *
     * @param input file or folder
     * @param format of the files, or null to go by their names
     * @param speed how much faster than life, as {@code 10x}
     * @throws CommandFailure with exit code 2 if there is nothing to read or the speed is no factor
     */
    public static ReplayedStream of(Path input, @Nullable String format, String speed) {
        InputFiles files = InputFiles.find(input, format);
        Pace.speed(speed);
        ProduceCommand.checkHeaders(files);
        return new ReplayedStream(files, speed);
    }

    /** The format of the files, and of the messages. */
    public String format() {
        return files.format().name();
    }

    @Override
    public void run(
            String topic, int partitions, Consumer<ProducerRecord<byte[], byte[]>> out, BooleanSupplier stopped) {
        Pace pace = Pace.speed(speed);
        Shift shift = new Shift();
        for (int ordinal = 0; ordinal < files.files().size(); ordinal++) {
            InputFiles.Entry file = files.files().get(ordinal);
            long position = 0;
            try (MessageTranscoder.Reader reader =
                    files.format().open(ProduceCommand.open(file, new ProduceCommand.Counter()), file.name())) {
                for (InputMessage message = reader.next(); message != null; message = reader.next()) {
                    TradeFields fields = message.fields();
                    pace.await(fields == null ? null : fields.number(TradeField.EVENT_TIME_NS), stopped);
                    if (stopped.getAsBoolean()) {
                        return;
                    }
                    byte[] value = fields != null && message.transcodable() && shift.apply(fields)
                            ? files.format().encode(fields)
                            : null;
                    out.accept(ProduceCommand.record(
                            topic,
                            fields,
                            value == null ? files.format().encodeUnreadable(message.raw()) : value,
                            ordinal,
                            position++));
                }
            } catch (IOException e) {
                throw ProduceCommand.unreadable(file, position, e);
            }
        }
    }

    /** Moves times to the present; by how much, the first readable event time decides. */
    private static final class Shift {
        private boolean known;
        private long nanos;

        /** Shifts both times of a trade; false if it has no event time to shift. */
        boolean apply(TradeFields fields) {
            Long eventTime = fields.number(TradeField.EVENT_TIME_NS);
            if (eventTime == null) {
                return false;
            }
            if (!known) {
                Instant now = Instant.now();
                nanos = TimeUnit.SECONDS.toNanos(now.getEpochSecond()) + now.getNano() - eventTime;
                known = true;
            }
            Long receiveTime = fields.number(TradeField.RECV_TIME_NS);
            try {
                String shifted = Long.toString(Math.addExact(eventTime, nanos));
                if (receiveTime != null) {
                    fields.set(TradeField.RECV_TIME_NS, Long.toString(Math.addExact(receiveTime, nanos)));
                }
                fields.set(TradeField.EVENT_TIME_NS, shifted);
                return true;
            } catch (ArithmeticException e) {
                return false;
            }
        }
    }
}
