package dev.candlewick.jobs.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The feed profiles: those in the jar by name, others by path. */
public final class FeedProfiles {
    /** The profiles that come with Candlewick. */
    public static final List<String> NAMES = List.of("crypto", "futures", "us-equities");

    private static final String RESOURCES = "/candlewick/feeds/";
    // Part of the profile stamp and a label of metrics.
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

    private FeedProfiles() {}

    /** Whether a value of the option {@code feed} is a path rather than a name. */
    static boolean isPath(String feed) {
        return feed.contains("/") || feed.endsWith(".yaml") || feed.endsWith(".yml");
    }

    /** The name of a profile as candles carry it: of a path the file's name without its suffix. */
    static String nameOf(String feed) {
        if (!isPath(feed)) {
            return feed;
        }
        String file = feed.substring(feed.lastIndexOf('/') + 1);
        return file.replaceFirst("\\.ya?ml$", "");
    }

    /** Puts the values of a profile into the layer; null where there is no such profile, with a problem told. */
    static @Nullable String load(RawValue feed, Path workingDirectory, Layer layer) {
        String name = nameOf(feed.text());
        String text = isPath(feed.text()) ? readFile(feed, workingDirectory, layer) : readResource(feed, layer);
        if (text == null) {
            return null;
        }
        if (!NAME.matcher(name).matches()) {
            layer.problem("feed must have a name of at most 64 letters, digits, dots, dashes and underscores, was '"
                    + name + "' (" + feed.origin() + ")");
            return null;
        }
        YamlSettings.read(text, layer, line -> new Origin(Origin.Kind.FEED_PROFILE, feed.text() + " line " + line));
        return name;
    }

    private static @Nullable String readResource(RawValue feed, Layer layer) {
        String suggestion = Suggestions.didYouMean(feed.text(), NAMES);
        if (!NAMES.contains(feed.text())) {
            layer.problem("feed must be " + OptionTypes.alternatives(NAMES)
                    + ", or a path with a / in it or .yaml at its end, was '" + feed.text() + "' (" + feed.origin()
                    + (suggestion.isEmpty() ? "" : "; " + suggestion) + "; example: "
                    + CandlewickOptions.FEED.example() + ")");
            return null;
        }
        try (InputStream resource = FeedProfiles.class.getResourceAsStream(RESOURCES + feed.text() + ".yaml")) {
            if (resource == null) {
                throw new IllegalStateException(
                        "feed profile must be in the jar, was missing (" + RESOURCES + feed.text() + ".yaml)");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("feed profile must be readable, was not (" + feed.text() + ")", e);
        }
    }

    private static @Nullable String readFile(RawValue feed, Path workingDirectory, Layer layer) {
        return readFile("feed", feed.text(), feed.origin().toString(), workingDirectory, layer);
    }

    static @Nullable String readFile(String what, String path, String where, Path workingDirectory, Layer layer) {
        try {
            return Files.readString(workingDirectory.resolve(path));
        } catch (NoSuchFileException e) {
            layer.problem(what + " must be a file that exists, was '" + path + "' (" + where + ")");
        } catch (IOException | IllegalArgumentException e) {
            layer.problem(what + " must be a readable file in UTF-8, was '" + path + "': " + e + " (" + where + ")");
        }
        return null;
    }
}
