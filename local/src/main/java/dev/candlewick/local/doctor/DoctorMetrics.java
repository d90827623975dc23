package dev.candlewick.local.doctor;

import dev.candlewick.local.cli.MetricsOption;
import java.util.Map;
import java.util.TreeMap;

/** What the doctor found as metrics: findings by severity and code, every severity also where it has none; expiry dates. */
final class DoctorMetrics {
    private static final String FINDINGS = "candlewick_doctor_findings";
    private static final String CERTIFICATES = "candlewick_certificate_not_after_timestamp_seconds";

    private DoctorMetrics() {}

    static void fill(MetricsOption.Text text, Doctor.Diagnosis diagnosis, Patient patient) {
        text.gauge(
                FINDINGS,
                "What the doctor found, by severity and code; 0 without a code where it found nothing so bad.");
        for (Severity severity : Severity.values()) {
            Map<String, Long> codes = new TreeMap<>();
            for (Finding finding : diagnosis.findings()) {
                if (finding.problem().severity() == severity) {
                    codes.merge(finding.problem().code(), 1L, Long::sum);
                }
            }
            if (codes.isEmpty()) {
                codes.put("", 0L);
            }
            codes.forEach((code, count) -> text.value(FINDINGS, count, "severity", severity.name(), "code", code));
        }
        text.gauge(CERTIFICATES, "When a certificate of the connection to Kafka expires.");
        try {
            // One address shows one chain; a store may hold one certificate under two names.
            Map<String, Long> ends = new TreeMap<>();
            for (Certificates.Seen seen : Certificates.of(patient)) {
                ends.merge(seen.where(), seen.notAfter().getEpochSecond(), Math::min);
            }
            ends.forEach((where, end) -> text.value(CERTIFICATES, end, "where", where));
        } catch (Check.NotApplicable e) {
            // Nothing is known of certificates: no value.
            return;
        }
    }
}
