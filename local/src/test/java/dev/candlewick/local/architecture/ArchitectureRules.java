package dev.candlewick.local.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.domain.JavaTypeVariable;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** The table of modules in the architecture document, as rules; every rule tolerates packages that are still empty. */
final class ArchitectureRules {
    private static final String ROOT = "dev.candlewick";
    private static final String CORE = ROOT + ".core..";
    private static final String CONNECTORS = ROOT + ".connectors..";
    private static final String JOBS = ROOT + ".jobs..";
    private static final String OPERATORS = ROOT + ".jobs.operators..";
    private static final String PIPELINE = ROOT + ".jobs.pipeline..";
    private static final String STREAMING = ROOT + ".jobs.streaming..";
    private static final String CONFIG = ROOT + ".jobs.config..";
    private static final String BATCH = ROOT + ".batch..";
    private static final String SAVEPOINTS = ROOT + ".savepoints..";
    private static final String LOCAL = ROOT + ".local..";
    private static final String TESTKIT = ROOT + ".testkit..";
    private static final String BENCHMARKS = ROOT + ".benchmarks..";

    /** The only class of the job that may read processing time; it does so through Flink's service. */
    private static final Set<String> CLOCKED = Set.of("LiveTap", "GatherWait", "CloseDelay");

    private static final DescribedPredicate<CodeUnitCallTarget> READS_A_CLOCK =
            describe("code that reads the machine's clock", target -> {
                String type = target.getOwner().getName();
                String method = target.getName();
                return switch (type) {
                    case "java.lang.System" -> method.equals("currentTimeMillis") || method.equals("nanoTime");
                    case "java.time.Clock" -> method.startsWith("system") || method.startsWith("tick");
                    case "java.util.Date", "java.util.GregorianCalendar" ->
                        method.equals("<init>") && target.getRawParameterTypes().isEmpty();
                    case "java.util.Calendar" -> method.equals("getInstance");
                    case "org.apache.flink.util.clock.SystemClock" -> true;
                    default -> type.startsWith("java.time.") && method.equals("now");
                };
            });

    private static final DescribedPredicate<CodeUnitCallTarget> IS_NOT_REPEATABLE =
            describe("code that gives something else in every run or on every machine", target -> {
                String type = target.getOwner().getName();
                String method = target.getName();
                return switch (type) {
                    case "java.lang.Math", "java.lang.StrictMath" -> method.equals("random");
                    case "java.util.Random" ->
                        method.equals("<init>") && target.getRawParameterTypes().isEmpty();
                    case "java.util.SplittableRandom" ->
                        method.equals("<init>") && target.getRawParameterTypes().isEmpty();
                    case "java.util.concurrent.ThreadLocalRandom", "java.security.SecureRandom" -> true;
                    case "java.util.UUID" -> method.equals("randomUUID");
                    case "java.util.Locale", "java.util.TimeZone" -> method.equals("getDefault");
                    case "java.time.ZoneId" -> method.equals("systemDefault");
                    case "java.lang.System" ->
                        method.equals("getenv") || method.equals("getProperty") || method.equals("identityHashCode");
                    case "java.lang.Thread" -> method.equals("sleep");
                    default -> false;
                };
            });

    private static final DescribedPredicate<CodeUnitCallTarget> READS_PROCESSING_TIME = describe(
            "Flink's processing time",
            target -> Set.of("currentProcessingTime", "getCurrentProcessingTime", "registerProcessingTimeTimer")
                            .contains(target.getName())
                    || target.getOwner().isAssignableTo("org.apache.flink.api.common.operators.ProcessingTimeService"));

    private static final DescribedPredicate<JavaClass> FLOATING_POINT = describe(
            "floating point",
            type -> Set.of("double", "float", "java.lang.Double", "java.lang.Float")
                    .contains(type.getBaseComponentType().getName()));

    private ArchitectureRules() {}

    static Map<String, ArchRule> all() {
        Map<String, ArchRule> rules = new LinkedHashMap<>();
        rules.put(
                "core is pure JDK",
                classes()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .onlyDependOnClassesThat(resideInAnyPackage(CORE, "java..", "org.jspecify..")
                                .or(describe(
                                        "primitive",
                                        type -> type.getBaseComponentType().isPrimitive())))
                        .andShould()
                        .onlyDependOnClassesThat(DescribedPredicate.not(resideInAnyPackage(
                                "java.util.logging..",
                                "java.net..",
                                "java.sql..",
                                "java.rmi..",
                                "java.lang.reflect..")))
                        .because("it must give the same bits in every process, and be readable without any framework"));
        rules.put(
                "core has no clock",
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .callCodeUnitWhere(target(READS_A_CLOCK))
                        .because("a candle is a function of the trades, never of when they were seen"));
        rules.put(
                "core is repeatable",
                noClasses()
                        .that()
                        .resideInAPackage(CORE)
                        .should()
                        .callCodeUnitWhere(target(IS_NOT_REPEATABLE))
                        .because("the same input must give the same output on every machine"));
        rules.put(
                "core has no floating point in state",
                fields().that()
                        .areDeclaredInClassesThat()
                        .resideInAPackage(CORE)
                        .should()
                        .notHaveRawType(FLOATING_POINT)
                        .because("sums in floating point depend on their order"));
        rules.put(
                "core has no floating point in results",
                methods()
                        .that()
                        .areDeclaredInClassesThat()
                        .resideInAPackage(CORE)
                        .should()
                        .notHaveRawReturnType(FLOATING_POINT)
                        .because("results are exact"));
        rules.put(
                "core, connectors and operators log through a logger or not at all",
                noClasses()
                        .that()
                        .resideInAnyPackage(CORE, CONNECTORS, OPERATORS, PIPELINE)
                        .should()
                        .accessField(System.class, "out")
                        .orShould()
                        .accessField(System.class, "err")
                        .because("standard output belongs to the command's results"));
        rules.put(
                "connectors see core only",
                noClasses()
                        .that()
                        .resideInAPackage(CONNECTORS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(JOBS, BATCH, SAVEPOINTS, LOCAL, TESTKIT, BENCHMARKS));
        rules.put(
                "only the streaming main of jobs sees connectors",
                noClasses()
                        .that()
                        .resideInAPackage(JOBS)
                        .and()
                        .resideOutsideOfPackage(STREAMING)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(CONNECTORS)
                        .because("the graph knows neither Kafka nor Parquet nor the runtime mode"));
        rules.put(
                "operators see neither configuration nor graph nor endpoints",
                noClasses()
                        .that()
                        .resideInAPackage(OPERATORS)
                        .should()
                        .dependOnClassesThat(resideInAnyPackage(
                                        CONFIG, PIPELINE, STREAMING, "org.apache.kafka..", "org.apache.parquet..")
                                .or(resideInAnyPackage("org.apache.flink.connector.."))));
        rules.put(
                "operators and pipeline have no wall clock",
                noClasses()
                        .that()
                        .resideInAnyPackage(OPERATORS, PIPELINE)
                        .should()
                        .callCodeUnitWhere(target(READS_A_CLOCK))
                        .because("which trades are accepted is decided by the log, never by the clock"));
        rules.put(
                "only the live tap, the gatherer's wait and a metric go by processing time",
                noClasses()
                        .that()
                        .resideInAnyPackage(JOBS, CONNECTORS, BATCH)
                        .and(DescribedPredicate.not(describe(
                                "those three",
                                type -> CLOCKED.contains(outermost(type).getSimpleName()))))
                        .should()
                        .callCodeUnitWhere(target(READS_PROCESSING_TIME)));
        rules.put(
                "jobs do not see batch, local or tests",
                noClasses()
                        .that()
                        .resideInAPackage(JOBS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(BATCH, SAVEPOINTS, LOCAL, TESTKIT, BENCHMARKS));
        rules.put(
                "batch does not see the streaming main, local or tests",
                noClasses()
                        .that()
                        .resideInAPackage(BATCH)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(STREAMING, SAVEPOINTS, LOCAL, TESTKIT, BENCHMARKS));
        rules.put(
                "savepoint tools do not see the mains",
                noClasses()
                        .that()
                        .resideInAPackage(SAVEPOINTS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(STREAMING, BATCH, LOCAL, TESTKIT, BENCHMARKS));
        rules.put(
                "testkit sees core only",
                noClasses()
                        .that()
                        .resideInAPackage(TESTKIT)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(CONNECTORS, JOBS, BATCH, SAVEPOINTS, LOCAL, BENCHMARKS));
        rules.put(
                "nothing sees local or benchmarks",
                noClasses()
                        .that()
                        .resideOutsideOfPackages(LOCAL, BENCHMARKS)
                        .should()
                        .dependOnClassesThat()
                        .resideInAnyPackage(LOCAL, BENCHMARKS));
        rules.put(
                "local does not see benchmarks",
                noClasses()
                        .that()
                        .resideInAPackage(LOCAL)
                        .should()
                        .dependOnClassesThat()
                        .resideInAPackage(BENCHMARKS));
        rules.put(
                "keys of keyed state are text or long",
                classes()
                        .that()
                        .resideInAnyPackage(JOBS, BATCH, CONNECTORS)
                        .should(useKeysOfTextOrLong())
                        .because("their hash must be the same in every JVM, and the savepoint tools must read them"));
        rules.put(
                "the job's name is configuration",
                noClasses()
                        .that()
                        .resideInAnyPackage(JOBS, BATCH)
                        .should()
                        .callCodeUnitWhere(target(owner(assignableTo(
                                        "org.apache.flink.streaming.api.environment.StreamExecutionEnvironment")))
                                .and(target(describe(
                                        "execute(String)",
                                        (CodeUnitCallTarget method) -> Set.of("execute", "executeAsync")
                                                        .contains(method.getName())
                                                && method.getRawParameterTypes().size() == 1
                                                && method.getRawParameterTypes()
                                                        .get(0)
                                                        .isEquivalentTo(String.class)))))
                        .because("a name given in the code wins over -Dpipeline.name"));
        rules.put(
                "operators are identified by uid",
                noClasses()
                        .that()
                        .resideInAnyPackage(JOBS, BATCH)
                        .should()
                        .callCodeUnitWhere(target(are(name("setUidHash"))))
                        .because("a hash in the code ties the state to one version of the graph"));
        rules.put("every package says what it is and is null-marked", classes().should(liveInANullMarkedPackage()));
        rules.replaceAll((name, rule) -> rule.allowEmptyShould(true).as(name));
        return rules;
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }

    /**
     * Checks the key type where the class file tells it: selectors and keyed functions that are classes. A lambda leaves
     * no trace; the job's selectors are shared constants of named classes for that reason too.
     */
    private static ArchCondition<JavaClass> useKeysOfTextOrLong() {
        Map<String, Integer> keyPositions = Map.of(
                "org.apache.flink.api.java.functions.KeySelector", 1,
                "org.apache.flink.streaming.api.functions.KeyedProcessFunction", 0,
                "org.apache.flink.streaming.api.functions.co.KeyedCoProcessFunction", 0,
                "org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction", 0,
                "org.apache.flink.streaming.api.operators.KeyedProcessOperator", 0);
        return new ArchCondition<>("use keys of type String or Long") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                Stream.concat(type.getInterfaces().stream(), type.getSuperclass().stream())
                        .filter(JavaParameterizedType.class::isInstance)
                        .map(JavaParameterizedType.class::cast)
                        .filter(parent ->
                                keyPositions.containsKey(parent.toErasure().getName()))
                        .forEach(parent -> {
                            List<JavaType> arguments = parent.getActualTypeArguments();
                            JavaType key = arguments.get(
                                    keyPositions.get(parent.toErasure().getName()));
                            boolean allowed = key instanceof JavaTypeVariable
                                    || Set.of("java.lang.String", "java.lang.Long")
                                            .contains(key.toErasure().getName());
                            if (!allowed) {
                                events.add(SimpleConditionEvent.violated(
                                        type,
                                        "the key type must be String or Long, was %s (%s)"
                                                .formatted(key.getName(), type.getName())));
                            }
                        });
            }
        };
    }

    private static ArchCondition<JavaClass> liveInANullMarkedPackage() {
        return new ArchCondition<>("live in a package with a null-marked package-info") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                var description = type.getPackage().tryGetPackageInfo();
                boolean marked = description.isPresent() && description.get().isAnnotatedWith(NullMarked.class);
                if (!marked && !type.getPackageName().contains(".shaded.") && !isGenerated(type)) {
                    events.add(SimpleConditionEvent.violated(
                            type,
                            "package-info.java must exist and be @NullMarked, was %s (package %s)"
                                    .formatted(
                                            description.isPresent() ? "not marked" : "absent", type.getPackageName())));
                }
            }
        };
    }

    private static boolean isGenerated(JavaClass type) {
        return type.getPackageName().contains(".jmh_generated")
                || type.getSimpleName().contains("_jmh");
    }
}
