package dev.candlewick.local.doctor;

import java.util.List;
import java.util.Set;

/** Whether the job's configuration can be used. */
final class ConfigurationChecks {
    static final List<Check> ALL = List.of(new Check(
            "configuration",
            "the options of the job",
            Set.of(Problem.CONFIGURATION_INVALID),
            ConfigurationChecks::configuration));

    private ConfigurationChecks() {}

    private static void configuration(Patient patient, Report report) {
        if (patient.configurationProblem() != null) {
            report.add(
                    Problem.CONFIGURATION_INVALID,
                    patient.configurationProblem(),
                    patient.files().isEmpty()
                            ? "--config, --set"
                            : patient.files().toString());
            return;
        }
        patient.requireConfiguration();
    }
}
