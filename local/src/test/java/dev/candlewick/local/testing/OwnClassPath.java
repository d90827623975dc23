package dev.candlewick.local.testing;

import java.io.File;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The class path of this JVM, for another that runs in another directory. */
public final class OwnClassPath {
    private OwnClassPath() {}

    /** All entries, absolute. */
    public static String absolute() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.isEmpty())
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
