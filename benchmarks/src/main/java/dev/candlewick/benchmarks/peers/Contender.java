package dev.candlewick.benchmarks.peers;

import dev.candlewick.benchmarks.run.RunClock;
import dev.candlewick.benchmarks.run.RunRequest;
import java.util.Arrays;

/** What can be measured, by the names of the table. */
public enum Contender {
    /** A consumer that polls and throws away. */
    RAW("raw", "consumer loop, poll only"),
    /** A consumer that decodes and validates. */
    RAW_DECODE("raw-decode", "consumer loop that decodes"),
    /** The usual job. */
    TEXTBOOK("textbook", "Flink job: MapState dedup, three window operators"),
    /** Candlewick. */
    CANDLEWICK("candlewick", "the whole job, profile candles");

    private final String title;
    private final String description;

    Contender(String title, String description) {
        this.title = title;
        this.description = description;
    }

    /** The name in tables and arguments. */
    public String title() {
        return title;
    }

    /** A few words for the reader of a table. */
    public String description() {
        return description;
    }

    /** The contender of a name. */
    public static Contender ofTitle(String title) {
        return Arrays.stream(values())
                .filter(contender -> contender.title.equals(title))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "contender must be one of " + Arrays.toString(values()) + ", was " + title));
    }

    private void run(RunRequest request) throws Exception {
        switch (this) {
            case RAW -> RawConsumer.run(request, false);
            case RAW_DECODE -> RawConsumer.run(request, true);
            case TEXTBOOK -> TextbookJob.run(request);
            case CANDLEWICK -> CandlewickJob.run(request);
        }
    }

    /** The main of a run's process; arguments as {@link RunRequest} writes them. */
    public static final class Main {
        private Main() {}

        /** Runs and ends the process. */
        public static void main(String[] arguments) {
            int code = 1;
            try {
                RunRequest request = RunRequest.parse(arguments);
                RunClock.prepare(request);
                ofTitle(request.contender()).run(request);
                RunClock.writeResult();
                code = 0;
            } catch (Throwable e) {
                // The parent reads the log; threads of Flink must not keep the process alive.
                e.printStackTrace();
            }
            System.exit(code);
        }
    }
}
