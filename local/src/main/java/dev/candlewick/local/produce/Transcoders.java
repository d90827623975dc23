package dev.candlewick.local.produce;

import dev.candlewick.local.cli.CommandFailure;
import dev.candlewick.local.cli.Similar;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** The formats that {@code produce} knows. */
final class Transcoders {

    private static final List<Supplier<MessageTranscoder>> ALL =
            List.of(CsvTranscoder::new, JsonTranscoder::new, AvroTranscoder::new, BinaryTranscoder::new);

    private Transcoders() {}

    static MessageTranscoder byName(String name, String option) {
        List<String> names = ALL.stream().map(format -> format.get().name()).toList();
        return ALL.stream()
                .map(Supplier::get)
                .filter(format -> format.name().equals(name.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> {
                    List<String> similar = Similar.to(name, names);
                    return CommandFailure.usage(
                            "format must be one of " + String.join(", ", names) + ", was " + name,
                            option,
                            similar.isEmpty() ? null : "did you mean " + similar.get(0) + "?");
                });
    }

    /** The format of a file by its name, with or without {@code .gz}. */
    static Optional<MessageTranscoder> byFileName(String fileName) {
        String plain = InputFiles.withoutGzip(fileName.toLowerCase(Locale.ROOT));
        return ALL.stream()
                .map(Supplier::get)
                .filter(format -> format.ownsFileName(plain))
                .findFirst();
    }
}
