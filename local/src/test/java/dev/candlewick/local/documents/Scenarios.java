package dev.candlewick.local.documents;

import dev.candlewick.local.testing.ShellBlock;
import dev.candlewick.local.testing.ShellBlock.When;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The scenarios that documents are walked in: {@code NAME.sh} below {@code candlewick/documents}, what must be there before. */
final class Scenarios {
    private static final Path FOLDER =
            Path.of(System.getProperty("candlewick.root"), "local/src/test/resources/candlewick/documents");

    private static final Pattern AS = Pattern.compile("# As ([a-z-]+): ");

    private Scenarios() {}

    static List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".sh"))
                    .map(name -> name.substring(0, name.length() - 3))
                    .sorted()
                    .toList();
        }
    }

    /** The commands before the first block; a file whose first line is {@code # As NAME: …} has those of NAME. */
    static String preparation(String name) throws IOException {
        String text = Files.readString(FOLDER.resolve(name + ".sh"));
        Matcher as = AS.matcher(text);
        return as.lookingAt() ? preparation(as.group(1)) : text;
    }

    /** When the blocks of a scenario run; nothing where no block names it. */
    static @Nullable When when(String name) {
        return ShellBlock.all().stream()
                .map(ShellBlock::mark)
                .filter(mark -> mark != null && mark.name().equals(name))
                .map(mark -> mark == null ? When.NEVER : mark.when())
                .findFirst()
                .orElse(null);
    }
}
