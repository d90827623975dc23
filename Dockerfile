# The image of Candlewick: Flink with the job, and the candlewick command with everything it needs.
#
#   docker build -t candlewick:0.1.0 .
#
# It runs as JobManager with the job (job), as TaskManager (taskmanager), or as any command: lake publish, verify, doctor.
# Its root file system may be read-only: conf/image/entrypoint.sh names what must be writable. Versions are those of
# pom.xml; a test compares them (DeploymentFilesTest).
ARG FLINK_VERSION=2.3.0
ARG MAVEN_VERSION=3.9.11

FROM maven:${MAVEN_VERSION}-eclipse-temurin-17 AS build
WORKDIR /build
COPY . .
RUN mvn -B -ntp -Dmaven.test.skip=true -Dspotless.check.skip=true -pl local,jobs,jobs-batch -am package
# Flink's configuration is made here once, by the command that makes it everywhere else.
RUN CANDLEWICK_SKIP_BUILD=1 ./candlewick cluster conf --profile container --to /build/flink-conf

FROM flink:${FLINK_VERSION}-java17
ARG FLINK_VERSION
LABEL org.opencontainers.image.title="candlewick" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.licenses="Apache-2.0"
# Nothing below /opt/candlewick belongs to the user that runs it.
COPY --from=build /build/jobs/target/candlewick-jobs-0.1.0-all.jar /opt/flink/usrlib/
COPY --from=build /build/candlewick /opt/candlewick/
COPY --from=build /build/conf /opt/candlewick/conf
COPY --from=build /build/flink-conf /opt/candlewick/flink-conf
COPY --from=build /build/local/target/candlewick-local-0.1.0.jar /opt/candlewick/local/target/
COPY --from=build /build/local/target/lib /opt/candlewick/local/target/lib
# What they are made of (CycloneDX).
COPY --from=build /build/jobs/target/candlewick-jobs-0.1.0-bom.json /opt/candlewick/bom/
COPY --from=build /build/local/target/candlewick-local-0.1.0-bom.json /opt/candlewick/bom/
# The volumes take over owner and mode of these directories when they are made.
RUN mkdir -p /var/lib/candlewick/state /var/lib/candlewick/work /var/lib/candlewick/lake /var/lib/candlewick/home \
        /var/lib/candlewick/metrics \
    && chown -R 9999:9999 /var/lib/candlewick
ENV CANDLEWICK_SKIP_BUILD=1 \
    CANDLEWICK_HOME=/var/lib/candlewick/home \
    PATH=/opt/candlewick:$PATH
WORKDIR /opt/candlewick
# flink, by number: Kubernetes can tell only so that it is not root.
USER 9999:9999
VOLUME ["/var/lib/candlewick/state", "/var/lib/candlewick/work", "/var/lib/candlewick/lake"]
EXPOSE 8081 6123 6124 9249
ENTRYPOINT ["/opt/candlewick/conf/image/entrypoint.sh"]
CMD ["help"]
