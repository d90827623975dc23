package dev.candlewick.local;

import dev.candlewick.local.cli.CandlewickCommand;
import dev.candlewick.local.cli.ExitCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
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
        Properties build = new Properties();
        try (InputStream in = VersionCommand.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IllegalStateException("build.properties must be on the class path, was missing");
            }
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("candlewick", build.getProperty("version", "unknown"));
        versions.put("commit", commit(build));
        versions.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        versions.put("flink", EnvironmentInformation.getVersion());
        versions.put("kafka", AppInfoParser.getVersion());
        versions.put("parquet", org.apache.parquet.Version.VERSION_NUMBER);
        versions.put("os", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }

    private static String commit(Properties build) {
        String commit = build.getProperty("commit", "");
        // Built from an archive without history the placeholder stays.
        if (commit.isBlank() || commit.startsWith("$")) {
            return "unknown";
        }
        return Boolean.parseBoolean(build.getProperty("dirty", "false")) ? commit + " (with local changes)" : commit;
    }

    /** The one line of {@code --version}. */
    static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"candlewick " + versions().get("candlewick") + " (" + versions().get("commit") + ")"};
        }
    }
}
