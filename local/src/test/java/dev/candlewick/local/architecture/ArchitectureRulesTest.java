package dev.candlewick.local.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.candlewick.batch.offender.BatchThing;
import dev.candlewick.connectors.offender.CuriousConnector;
import dev.candlewick.core.offender.ImpureCore;
import dev.candlewick.jobs.operators.offender.ClockedOperator;
import dev.candlewick.jobs.operators.offender.LiveTap;
import dev.candlewick.jobs.pipeline.offender.NamedPipeline;
import dev.candlewick.jobs.streaming.offender.StreamingThing;
import dev.candlewick.savepoints.offender.SavepointThing;
import dev.candlewick.testkit.offender.CuriousTestkit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every rule fails for a class that breaks it, and names that class. */
final class ArchitectureRulesTest {
    private static final Map<String, Class<?>> OFFENDERS = offenders();

    private static Map<String, Class<?>> offenders() {
        Map<String, Class<?>> offenders = new LinkedHashMap<>();
        offenders.put("core is pure JDK", ImpureCore.class);
        offenders.put("core has no clock", ImpureCore.class);
        offenders.put("core is repeatable", ImpureCore.class);
        offenders.put("core has no floating point in state", ImpureCore.class);
        offenders.put("core has no floating point in results", ImpureCore.class);
        offenders.put("core, connectors and operators log through a logger or not at all", ImpureCore.class);
        offenders.put("connectors see core only", CuriousConnector.class);
        offenders.put("only the streaming main of jobs sees connectors", ClockedOperator.class);
        offenders.put("operators see neither configuration nor graph nor endpoints", ClockedOperator.class);
        offenders.put("operators and pipeline have no wall clock", ClockedOperator.class);
        offenders.put(
                "only the live tap, the gatherer's wait and a metric go by processing time", ClockedOperator.class);
        offenders.put("jobs do not see batch, local or tests", NamedPipeline.class);
        offenders.put("batch does not see the streaming main, local or tests", BatchThing.class);
        offenders.put("savepoint tools do not see the mains", SavepointThing.class);
        offenders.put("testkit sees core only", CuriousTestkit.class);
        offenders.put("nothing sees local or benchmarks", CuriousConnector.class);
        offenders.put("local does not see benchmarks", LocalThing.class);
        offenders.put("keys of keyed state are text or long", ClockedOperator.class);
        offenders.put("the job's name is configuration", NamedPipeline.class);
        offenders.put("operators are identified by uid", NamedPipeline.class);
        offenders.put("every package says what it is and is null-marked", LocalThing.class);
        return offenders;
    }

    @TestFactory
    Stream<DynamicTest> fail() {
        return ArchitectureRules.all().entrySet().stream()
                .map(rule -> DynamicTest.dynamicTest(rule.getKey(), () -> {
                    assertThat(OFFENDERS).containsKey(rule.getKey());
                    Class<?> offender = OFFENDERS.get(rule.getKey());
                    assertThat(violations(rule.getValue(), offender))
                            .isNotEmpty()
                            .anyMatch(violation -> violation.contains(offender.getPackageName()));
                }));
    }

    @Test
    void allowWhatIsAllowed() {
        var rules = ArchitectureRules.all();
        assertThat(violations(
                        rules.get("only the live tap, the gatherer's wait and a metric go by processing time"),
                        LiveTap.class))
                .isEmpty();
        assertThat(violations(rules.get("keys of keyed state are text or long"), LiveTap.class))
                .isEmpty();
        assertThat(violations(rules.get("only the streaming main of jobs sees connectors"), StreamingThing.class))
                .isEmpty();
        assertThat(violations(rules.get("the job's name is configuration"), NamedPipeline.class))
                .noneMatch(violation -> violation.contains("runUnnamed"));
    }

    private static List<String> violations(ArchRule rule, Class<?> type) {
        return rule.evaluate(new ClassFileImporter().importClasses(type))
                .getFailureReport()
                .getDetails();
    }
}
