package dev.candlewick.local.doctor;

import static dev.candlewick.local.doctor.Severity.ERROR;
import static dev.candlewick.local.doctor.Severity.NOTE;
import static dev.candlewick.local.doctor.Severity.WARNING;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What can be wrong: a closed list with stable codes, from which {@code docs/errors.md} is made.
 *
 * <p>A code is never given to another problem, also where the problem has gone.
 */
enum Problem {
    // The configuration of the job
    CONFIGURATION_INVALID(
            "CW-C01",
            ERROR,
            "The job's configuration cannot be used",
            "A job with these options refuses to start. Every mistake is told at once, as by config show.",
            "correct the options; docs/configuration.md lists them all, ./candlewick config show --origin says where each"
                    + " value comes from"),
    CHECK_UNANSWERED(
            "CW-C02",
            WARNING,
            "A check did not end in time",
            "Something that was asked did not answer within the time limit, so nothing is known about it.",
            "run it again; if it stays, look at the load and the logs of what the check reads"),

    // Host
    JAVA_OLD(
            "CW-H01",
            ERROR,
            "Java is too old",
            "Candlewick and its job jar are made for Java 17. Flink's scripts take the Java that JAVA_HOME names, and an"
                    + " older one fails with UnsupportedClassVersionError only when the job is loaded.",
            "install a JDK 17 or newer, and let JAVA_HOME name it"),
    JAVA_FLAGS(
            "CW-H02",
            ERROR,
            "Flags for the module system are missing",
            "Flink on Java 17 needs --add-opens and --add-exports. Whoever sets env.java.opts.all replaces the list that"
                    + " Flink ships, and flink run fails with InaccessibleObjectException.",
            "take over env.java.opts.all from conf/config.yaml word for word, and add your own behind it"),
    MEMORY_SHORT(
            "CW-H03",
            ERROR,
            "Processes are given more memory than there is",
            "JobManager and TaskManagers reserve what process.size says. Where that is more than the machine or its"
                    + " container has, the system kills a process without a word in its log (exit code 137).",
            "lower taskmanager.memory.process.size and jobmanager.memory.process.size, or give the machine more memory"),
    FILE_LIMIT(
            "CW-H04",
            WARNING,
            "The limit of open files is low",
            "RocksDB keeps its files open, the lake one per open day, Kafka's client a connection per broker. Below 4096"
                    + " the job fails with 'Too many open files', often after days.",
            "raise the limit of the user that starts Flink: ulimit -n 65536, or LimitNOFILE of its service"),
    DISK_SHORT(
            "CW-H05",
            ERROR,
            "A disk is nearly full",
            "A checkpoint that cannot be written fails; after checkpoint.tolerable-failures of them the job restarts,"
                    + " and no candle becomes visible meanwhile.",
            "free space, or move the directory to a larger disk; lake compact and lake retain make a lake smaller"),
    INODES_SHORT(
            "CW-H06",
            WARNING,
            "A file system has nearly no inodes left",
            "Each checkpoint, each RocksDB file and each lake file takes one; without any, writing fails although the"
                    + " disk has space.",
            "remove small files, or move the directory to another file system; lake compact merges files"),
    TEMPORARY_DIRECTORY(
            "CW-H07",
            ERROR,
            "A temporary directory cannot be used",
            "Flink unpacks jars, spills shuffles and keeps RocksDB in io.tmp.dirs. Where it is missing or cannot be"
                    + " written, TaskManagers end right after their start.",
            "create the directory for the user that starts Flink, or name another in io.tmp.dirs"),
    TEMPORARY_CLEANED(
            "CW-H08",
            WARNING,
            "Working files lie in the system's temporary directory",
            "A cleaner empties /tmp below running processes; blobs, RocksDB files and shuffles are gone, and the job"
                    + " fails days after its start.",
            "set io.tmp.dirs and process.working-dir to a directory of their own"),
    PORT_TAKEN(
            "CW-H09",
            ERROR,
            "A port that Flink needs is taken",
            "The process that cannot bind its port ends right after its start.",
            "end what listens there, or give a free port or a range (rest.bind-port: 8081-8099)"),
    CLOCK_SKEW(
            "CW-H10",
            WARNING,
            "Clocks disagree",
            "Trades without a receive time are checked against the broker's clock (TIME_FUTURE), and ages of checkpoints"
                    + " and transactions are told by the clock of whoever asks.",
            "let every machine take its time from one source (chrony, systemd-timesyncd)"),

    // Build and class path
    KAFKA_CLIENT(
            "CW-B01",
            ERROR,
            "The Kafka client is not of the line 4.2",
            "The connector reaches into the client for its transactions. With 4.3 the job fails at its first checkpoint:"
                    + " NoSuchMethodError TransactionalRequestResult.await(). At-least-once output works, so a quick trial"
                    + " does not show it.",
            "build the jar with kafka-clients 4.2.x, and remove other ones from the cluster's lib"),
    HADOOP_CLASSES(
            "CW-B02",
            ERROR,
            "Classes of Hadoop that Parquet needs are missing",
            "Parquet's writer asks for org.apache.hadoop.conf.Configuration even on a local disk. Without it the job"
                    + " restarts again and again with NoClassDefFoundError.",
            "take the jar that mvn package makes (…-all.jar), which brings the few classes; or put hadoop-common into lib"),
    FLINK_IN_JAR(
            "CW-B03",
            ERROR,
            "The job jar brings Flink's own classes",
            "Two copies of one class do not know each other: ClassCastException and LinkageError at run time, also with"
                    + " child-first loading.",
            "give Flink's core the scope provided and build again, or take …-all.jar of this repository"),
    LOGGER_IN_JAR(
            "CW-B04",
            WARNING,
            "The job jar brings a logger",
            "Flink has SLF4J 1.7 and Log4j. A second one in the jar loses messages, or fails with LinkageError.",
            "exclude org.slf4j, log4j and logback from the jar"),
    MIXED_FLINK(
            "CW-B05",
            ERROR,
            "The cluster's lib holds different versions",
            "Of two versions of a jar the file system's order decides which one is loaded, on each machine anew.",
            "leave one version of each jar in lib; unpack the distribution afresh"),
    FLINK_VERSION(
            "CW-B06",
            WARNING,
            "The cluster's Flink is of another line than the job was built for",
            "Savepoints and the jar's classes fit the line that the jar was built for (Flink-Version in its manifest);"
                    + " the build is tested with 2.2 and 2.3.",
            "run the jar on the line that it names, or build it with -Dflink.version of the cluster"),
    FOREIGN_HADOOP(
            "CW-B07",
            NOTE,
            "The cluster brings Hadoop of its own",
            "Flink loads org.apache.hadoop from the cluster first: its copy wins over the one in the job jar.",
            "nothing, unless Parquet fails; then remove Hadoop from lib"),
    JARS_DIFFER(
            "CW-B08",
            ERROR,
            "Jars differ between nodes",
            "What a task does then depends on where it runs, and a restart may change it.",
            "copy one lib and one job jar to every node and restart their processes"),
    CONFIGURATIONS_DIFFER(
            "CW-B09",
            ERROR,
            "Flink's configuration differs between nodes",
            "Memory, timeouts and directories then depend on where a task runs, and a restart may change them.",
            "copy one config.yaml to every node and restart their processes"),
    CONFIGURATION_STALE(
            "CW-B10",
            WARNING,
            "Processes run with an older configuration than the one in place",
            "config.yaml is read at the start of a process. One that is restarted later runs with other values than its"
                    + " neighbours.",
            "restart the cluster, or put the old file back"),
    JAR_UNREADABLE(
            "CW-B11",
            ERROR,
            "A jar is missing or damaged",
            "flink run fails with a message about the zip format, or a class is missing in the middle of a run.",
            "build it again: mvn -DskipTests package"),

    // Kafka
    KAFKA_UNREACHABLE(
            "CW-K01",
            ERROR,
            "No Kafka broker listens at the address",
            "Nothing accepts connections at bootstrap.servers. The job says so within 30 s and does not start.",
            "check host and port, that the broker runs, and that no firewall lies between; ./candlewick kafka up starts"
                    + " one here"),
    KAFKA_CREDENTIALS(
            "CW-K02",
            ERROR,
            "The broker refuses user or password",
            "The broker is there and answers; SASL ends with a refusal.",
            "set user and password in kafka.properties.sasl.jaas.config to those of the broker, and"
                    + " kafka.properties.sasl.mechanism to one that it offers"),
    KAFKA_CERTIFICATE(
            "CW-K03",
            ERROR,
            "A TLS certificate is refused",
            "It has expired, is not valid yet, is of an unknown authority, or names another host. Who refuses it stands"
                    + " in the message.",
            "give the broker a certificate of a known authority that is valid now and names its host"),
    KAFKA_PERMISSION(
            "CW-K04",
            ERROR,
            "The client has no right to do what the job does",
            "User and password are right; an access list does not grant the operation. Kafka shows a topic that may not"
                    + " be seen as if there were none.",
            "./candlewick config rights --config FILE prints every right that the job needs, and no other, as commands of"
                    + " kafka-acls.sh: run those that are missing, with the job's own options and user (--principal)"),
    KAFKA_NO_ANSWER(
            "CW-K05",
            ERROR,
            "Somebody listens and does not answer as this client asks",
            "Most often security.protocol is not that of the listener: a client without TLS waits for an answer that"
                    + " never comes.",
            "set kafka.properties.security.protocol to that of the listener (PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL)"),
    KAFKA_CLIENT_PROPERTIES(
            "CW-K06",
            ERROR,
            "The properties of the Kafka client cannot be used",
            "A name or value is wrong, or a key or trust store is missing or does not open with its password.",
            "correct kafka.properties.* and kafka.bootstrap.servers"),
    ADVERTISED_LISTENER(
            "CW-K07",
            ERROR,
            "A broker's advertised address cannot be reached from here",
            "A client connects to bootstrap.servers, is told the brokers' advertised.listeners, and talks to those from"
                    + " then on. A name that is known only inside of a container network looks like a dead broker.",
            "set advertised.listeners of that broker to an address that clients reach, with a second listener for those"
                    + " inside; or make the name known here"),
    SOURCE_TOPIC_MISSING(
            "CW-K08",
            ERROR,
            "A source topic does not exist",
            "The job refuses to start.",
            "create it with message.timestamp.type=LogAppendTime, or send trades to it with ./candlewick produce --topic;"
                    + " check the spelling in source.topic"),
    SOURCE_TIMESTAMPS(
            "CW-K09",
            WARNING,
            "A source topic keeps the sender's timestamps",
            "Under CreateTime the check against trades from the future (TIME_FUTURE) believes the sender, and one bad"
                    + " clock can make everybody else's trades late.",
            "kafka-configs --alter --topic T --add-config message.timestamp.type=LogAppendTime"),
    OUTPUT_TIMESTAMPS(
            "CW-K10",
            WARNING,
            "A topic of candles keeps the sender's timestamps",
            "When a candle became known is the broker's time of its record; under CreateTime it is not.",
            "kafka-configs --alter --topic T --add-config message.timestamp.type=LogAppendTime"),
    RETENTION_SHORT(
            "CW-K11",
            ERROR,
            "A source topic forgets trades before the job can read them again",
            "A restored job reads from its checkpoint on. What retention has removed by then is a gap; the job refuses to"
                    + " start over it.",
            "raise retention.ms (or retention.bytes) of the topic above the age that a checkpoint may have, days rather"
                    + " than hours"),
    POSITION_GONE(
            "CW-K12",
            ERROR,
            "The position that the job has reached is no longer in the topic",
            "Trades between the job's position and the first one that the topic still has are lost to the stream.",
            "backfill the range from the archive, then start with --fresh; raise retention.ms"),
    SOURCE_COMPACTED(
            "CW-K13",
            ERROR,
            "A source topic is compacted",
            "Trades are keyed by symbol: compaction keeps the last trade of each symbol and removes all others.",
            "kafka-configs --alter --topic T --add-config cleanup.policy=delete"),
    CANDLES_FORGOTTEN(
            "CW-K14",
            NOTE,
            "A topic of candles forgets old candles",
            "With cleanup.policy=delete and a limit, candles leave the topic after that time. Their keys allow compaction,"
                    + " which keeps the last revision of each for ever.",
            "if readers rebuild from the topic: kafka-configs --alter --topic T --add-config cleanup.policy=compact"),
    TRANSACTION_MAXIMUM(
            "CW-K15",
            ERROR,
            "The transaction timeout is longer than the broker allows",
            "The first transaction is refused and the job fails right after its start.",
            "raise the broker's transaction.max.timeout.ms, or lower kafka.transaction.timeout with the checkpoint"
                    + " timeout"),
    TRANSACTION_OPEN(
            "CW-K16",
            WARNING,
            "A transaction stays open",
            "Readers of committed data see nothing behind the first open transaction of a partition. One that is older"
                    + " than checkpoints take belongs to a job that died, or whose checkpoints fail.",
            "start its job again, which commits or aborts it; or wait for its timeout; or abort it with"
                    + " kafka-transactions.sh --abort"),
    REPLICAS_IMPOSSIBLE(
            "CW-K17",
            ERROR,
            "A topic asks for more replicas in sync than it has",
            "Every write with acks=all is refused: NOT_ENOUGH_REPLICAS.",
            "lower min.insync.replicas of the topic to at most its replication factor, or give it more replicas"),
    REPLICAS_SINGLE(
            "CW-K18",
            WARNING,
            "A topic has one replica although there are several brokers",
            "Its data goes with the broker that holds it.",
            "raise its replication factor with kafka-reassign-partitions.sh"),
    TOPICS_BY_TYPO(
            "CW-K19",
            WARNING,
            "The broker makes topics on first use",
            "A misspelt name becomes a topic of its own, with one partition and the sender's timestamps, and nobody"
                    + " notices.",
            "set auto.create.topics.enable=false in the broker's configuration"),
    TRANSACTION_PROTOCOL(
            "CW-K20",
            WARNING,
            "The broker speaks an old transaction protocol",
            "Before transaction.version 2 a delayed commit of a process that was given up can hit its successor's"
                    + " transaction (KIP-890).",
            "upgrade the brokers to 4.0 or newer, then kafka-features.sh upgrade --feature transaction.version=2"),
    GROUP_SHARED(
            "CW-K21",
            WARNING,
            "Another consumer is a member of the job's group",
            "The job only commits its progress there. With somebody else in the group the commits of both overwrite each"
                    + " other, and lag is told wrong.",
            "give the other consumer, or the job (kafka.group.id), a group of its own"),
    OUTPUT_TOPIC_MISSING(
            "CW-K22",
            ERROR,
            "A topic that the running job writes is missing",
            "The job makes its topics at its start; one that was deleted since fails the next write.",
            "restart the job, which makes it again; then bring its candles back with ./candlewick heal"),
    RECORD_SIZE(
            "CW-K23",
            WARNING,
            "A topic that the job writes takes small records only",
            "A rejected message is kept whole with its reason, and candles.live has all candles of an instrument in one"
                    + " record. A record that is too large fails the job.",
            "raise max.message.bytes of the topic to the broker's default (1048588) at least"),
    CERTIFICATE_EXPIRES(
            "CW-K24",
            WARNING,
            "A certificate expires within 30 days",
            "When it has, nobody connects any more: the job that runs loses its connection at the next reconnect, and"
                    + " restarts until it fails.",
            "replace it in time: docs/runbooks/a-certificate-expires.md"),
    LOCAL_BROKER_GONE(
            "CW-K25",
            ERROR,
            "The local broker is gone",
            "It was started with kafka up, not stopped with kafka down, and its process is gone: killed, out of memory, or"
                    + " gone with the machine's last start. Whoever reads or writes its topics stands still.",
            "./candlewick kafka up starts it again at the same port, with its topics; where none is wanted any more,"
                    + " ./candlewick kafka down"),

    // Flink
    FLINK_UNREACHABLE(
            "CW-F01",
            ERROR,
            "Flink's REST endpoint does not answer",
            "The JobManager is down, hangs, or listens elsewhere.",
            "look at ./candlewick cluster status and at the JobManager's log; check the address of --flink; for one with"
                    + " TLS it is https://, and --flink-conf names the directory whose config.yaml has its stores"),
    REST_OPEN(
            "CW-F02",
            ERROR,
            "Flink's REST endpoint is open to the network",
            "It has no users: whoever reaches it reads the configuration, cancels jobs and, with uploads on, runs code.",
            "set rest.bind-address: localhost and reach it through a tunnel or a proxy; or"
                    + " security.ssl.rest.authentication-enabled: true"),
    WEB_SUBMIT(
            "CW-F03",
            WARNING,
            "Flink's web UI takes jars from anybody",
            "web.submit.enable is on by default: a browser on any page can upload a jar through it.",
            "set web.submit.enable: false; flink run needs no uploads by the web UI"),
    CHECKPOINT_DIRECTORY(
            "CW-F04",
            ERROR,
            "The checkpoint directory cannot be used",
            "No checkpoint completes: closed candles never become visible, and after the tolerated failures the job"
                    + " restarts.",
            "create the directory, give it to the user that runs Flink, or set checkpoint.dir to another"),
    CHECKPOINT_NONE(
            "CW-F05",
            ERROR,
            "Checkpoints have no directory",
            "They are kept in the JobManager's memory and go with it: a restart begins from the start offsets.",
            "set checkpoint.dir, or execution.checkpointing.dir in config.yaml"),
    CHECKPOINT_LOCAL(
            "CW-F06",
            ERROR,
            "The checkpoint directory is local although TaskManagers are on several machines",
            "Each writes to its own disk; nobody can restore the whole.",
            "set checkpoint.dir to storage that every machine sees (s3://, or a shared file system)"),
    CHECKPOINT_OLD(
            "CW-F07",
            ERROR,
            "The last completed checkpoint is old",
            "Closed candles become visible with checkpoints, and transactions end by their timer when none completes.",
            "look at the checkpoints in the web UI: who is slow, what failed; see backpressure and disk"),
    CHECKPOINT_FAILED(
            "CW-F08",
            WARNING,
            "Checkpoints fail",
            "Some are tolerated (checkpoint.tolerable-failures in a row); the next one restarts the job.",
            "read the failure in the web UI; often the disk is full, or checkpoint.timeout too short for the state"),
    JOB_NOT_RUNNING(
            "CW-F09",
            ERROR,
            "The job does not run",
            "It failed for good, restarts, or waits for slots.",
            "read the root cause in the message, mend it, and start the job again: it goes on from its newest checkpoint"),
    JOB_RESTARTED(
            "CW-F10",
            WARNING,
            "The job restarted a short time ago",
            "Data is not lost by it, but its cause comes back, and attempts are bounded (restart.attempts).",
            "read the root cause in the message"),
    BACKPRESSURE(
            "CW-F11",
            WARNING,
            "A part of the job cannot keep up",
            "Checkpoints wait behind queued records, and delay grows as long as the rate stays.",
            "raise parallelism (the trade topic needs as many partitions), or switch off what costs most: archive,"
                    + " quality=full"),
    WATERMARK_HELD(
            "CW-F12",
            WARNING,
            "A partition holds back the time of all others",
            "Windows close when every partition has passed their end. One that lags far behind, or never had a trade and"
                    + " is not idle, keeps all candles open.",
            "find out why nothing newer comes to that partition; source.idle-timeout takes a silent one out after a while"),
    SOURCES_SILENT(
            "CW-F13",
            NOTE,
            "No partition brings trades",
            "When all are silent, time stands still: the last candles stay open until the next trade.",
            "nothing where the market is closed; else look at the producers"),
    CHECKPOINTS_DELETED(
            "CW-F14",
            WARNING,
            "Checkpoints are deleted when the job is cancelled",
            "After a cancellation, or the JobManager's death, there is nothing to start from.",
            "set execution.checkpointing.externalized-checkpoint-retention: RETAIN_ON_CANCELLATION"),
    CHECKPOINTS_UNALIGNED(
            "CW-F15",
            ERROR,
            "Unaligned checkpoints are on",
            "The double entry has no consistent cut then, and in-flight records become state that upgrades stumble over.",
            "set execution.checkpointing.unaligned.enabled: false and remove aligned-checkpoint-timeout"),
    RESTARTS_UNBOUNDED(
            "CW-F16",
            WARNING,
            "A failing job would restart for ever",
            "With checkpoints and without a strategy Flink retries without end, and a broken job looks alive.",
            "set restart-strategy.type: fixed-delay with a number of attempts"),
    PROCESS_HALF_DEAD(
            "CW-F17",
            WARNING,
            "A process would live on half dead",
            "By default a TaskManager keeps its slots after an OutOfMemoryError, and an uncaught exception is only logged.",
            "set taskmanager.jvm-exit-on-oom: true and cluster.uncaught-exception-handling: FAIL"),
    TASK_MANAGERS_DIFFER(
            "CW-F18",
            WARNING,
            "TaskManagers have different memory",
            "They were started with different configurations; which tasks fail then depends on where they run.",
            "copy one config.yaml to every node and restart their processes"),
    PROCESS_UNSTABLE(
            "CW-F19",
            WARNING,
            "A process of the cluster ends again and again",
            "Its supervisor starts it again, until it gives up after five deaths in a row.",
            "read the process's log: out of memory, a taken port, a full disk"),
    CHECKPOINT_STORAGE_FEW(
            "CW-F20",
            WARNING,
            "Only one checkpoint is kept",
            "The newest may be the broken one: Flink checks no sums of checkpoint files.",
            "set execution.checkpointing.num-retained: 3"),
    SUPERVISOR_DEAD(
            "CW-F21",
            WARNING,
            "The local cluster's supervisor is dead",
            "JobManager and TaskManagers run on, unwatched: the next one that ends stays away, and without high"
                    + " availability the jobs of a JobManager end with it.",
            "./candlewick cluster up ends what is left and starts all anew, with its jobs from their newest checkpoints;"
                    + " cluster/logs/supervisor.log in the home, and the system's log (out of memory), may say how it died"),
    CLUSTER_GONE(
            "CW-F22",
            ERROR,
            "Processes of the local cluster are gone, and nobody starts them again",
            "The cluster was started, not stopped with cluster down, and its supervisor is dead: killed, or gone with the"
                    + " machine's last start. Jobs that ran there stand still.",
            "./candlewick cluster up starts all anew, with its jobs from their newest checkpoints; where none is wanted any"
                    + " more, ./candlewick cluster down"),

    // Lake
    LAKE_MISSING(
            "CW-L01",
            ERROR,
            "The lake does not exist or cannot be read",
            "Readers find nothing.",
            "check the path; write a lake with ./candlewick replay --output or a job with output.lake"),
    LAKE_WITHOUT_MANIFESTS(
            "CW-L02",
            ERROR,
            "Files lie in a lake without a manifest",
            "Readers go by manifests: what none names does not exist for them. A copy made by file patterns loses them.",
            "publish what a job has committed with ./candlewick lake publish; a copied lake: copy it again with all files,"
                    + " or restore a backup"),
    LAKE_MISMATCH(
            "CW-L03",
            ERROR,
            "A lake is not what its manifests say",
            "A file is missing or has another size. Rows are lost or were altered.",
            "./candlewick verify says which rows; ./candlewick lake repair, or restore a backup"),
    LAKE_UNPUBLISHED(
            "CW-L04",
            WARNING,
            "A job has committed files that nobody publishes",
            "Readers do not see them until somebody publishes; the command that started the job has ended.",
            "./candlewick lake publish --follow beside the job"),
    LAKE_ABANDONED(
            "CW-L05",
            WARNING,
            "Runs left unpublished work in a lake",
            "They were killed; their files take space, and a resumable run waits to go on.",
            "go on with a backfill by the same command; the next run into the lake removes the others"),
    LAKE_SMALL_FILES(
            "CW-L06",
            WARNING,
            "A lake has very many small files",
            "Each checkpoint makes a file in every partition that got rows; queries open them one by one.",
            "./candlewick lake compact, now and then beside the job"),

    // Secrets
    SECRET_IN_ARGUMENTS(
            "CW-S01",
            ERROR,
            "A secret stands in the arguments of a process",
            "Every user of the machine sees arguments (ps), and Flink keeps those of a job in its web UI.",
            "put it into a file for its owner only (--config F), or an environment variable, and change the secret"),
    SECRET_READABLE(
            "CW-S02",
            ERROR,
            "A file with secrets is readable for everybody",
            "Every user of the machine can read it.",
            "chmod 600 the file, and change the secret"),
    SECRET_IN_RUN(
            "CW-S03",
            ERROR,
            "A run.json holds a secret",
            "A lake is copied and shared; what stands in it is public. Candlewick writes stars; this file was written by"
                    + " something else.",
            "replace the value in the file by ******, and change the secret"),
    SECRET_IN_REST(
            "CW-S04",
            ERROR,
            "Flink shows a secret",
            "Flink hides values by the name of their key, and does not know all: PEM keys and addresses with passwords are"
                    + " shown in the web UI.",
            "take it out of config.yaml and the job's arguments, use a file, and change the secret");

    private final String code;
    private final Severity severity;
    private final String title;
    private final String why;
    private final String fix;

    Problem(String code, Severity severity, String title, String why, String fix) {
        this.code = code;
        this.severity = severity;
        this.title = title;
        this.why = why;
        this.fix = fix;
    }

    /** The stable code. */
    String code() {
        return code;
    }

    /** How much it matters. */
    Severity severity() {
        return severity;
    }

    /** One line. */
    String title() {
        return title;
    }

    /** What comes of it. */
    String why() {
        return why;
    }

    /** What to do about it. */
    String fix() {
        return fix;
    }

    /** The problem of a code, in any case of letters. */
    static Optional<Problem> ofCode(String code) {
        String wanted = code.strip().toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(problem -> problem.code.equals(wanted))
                .findFirst();
    }
}
