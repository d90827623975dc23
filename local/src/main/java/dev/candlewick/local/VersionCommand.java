package dev.candlewick.local;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.kafka.common.utils.AppInfoParser;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** Says what runs: the versions are read from the libraries that are loaded, not from the build. */
@Command(name = "version", description = "Versions of Candlewick, Java and the libraries in use.")
public final class VersionCommand extends CandlewickCommand {

    @Override
    protected ExitCode run() {
        output().record(versions());
        return ExitCode.OK;
    }

    /** Versions by name. */
    public static Map<String, String> versions() {
        Attributes manifest = manifest();
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("candlewick", attribute(manifest, Attributes.Name.IMPLEMENTATION_VERSION.toString()));
        versions.put("commit", attribute(manifest, "Git-Commit"));
        versions.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        versions.put("flink", EnvironmentInformation.getVersion());
        versions.put("kafka", AppInfoParser.getVersion());
        versions.put("parquet", org.apache.parquet.Version.VERSION_NUMBER);
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }

    /** What the build wrote about itself: in the jar, or beside the classes where they were not packaged. */
    private static Attributes manifest() {
        try {
            Path code = Path.of(VersionCommand.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            if (Files.isRegularFile(code)) {
                try (JarFile jar = new JarFile(code.toFile())) {
                    Manifest manifest = jar.getManifest();
                    return manifest == null ? new Attributes() : manifest.getMainAttributes();
                }
            }
            Path unpackaged = code.resolveSibling("commit.mf");
            if (Files.isRegularFile(unpackaged)) {
                try (InputStream in = Files.newInputStream(unpackaged)) {
                    return new Manifest(in).getMainAttributes();
                }
            }
            return new Attributes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String attribute(Attributes manifest, String name) {
        String value = manifest.getValue(name);
        return value == null || value.isBlank() ? "unknown" : value;
    }

    /** The one line of {@code --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {
                "candlewick " + versions().get("candlewick") + " (" + versions().get("commit") + ")"
            };
        }
    }
}
