package dev.candlewick.local.drill;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A drill of one kind of fault, or of several in turn. */
final class FaultDrill extends Drill {
    private final List<Fault> faults;

    /**
     * A drill.
     *
     * @param faults what is done, in turn
     * @param notes receives lines for people
     */
    FaultDrill(Options options, List<? extends Fault> faults, Consumer<String> notes) {
        super(options, notes);
        this.faults = List.copyOf(faults);
    }

    @Override
    protected int slots() {
        return faults.stream()
                .mapToInt(fault -> fault.slots(options.lanes().size()))
                .max()
                .orElseThrow();
    }

    @Override
    protected int parallelism() {
        return 2;
    }

    @Override
    protected Map<String, String> clusterSettings() {
        Map<String, String> settings = new HashMap<>();
        faults.forEach(fault -> settings.putAll(fault.settings()));
        return settings;
    }

    @Override
    protected void prepare() throws Exception {
        for (Fault fault : faults) {
            fault.prepare(this);
        }
    }

    @Override
    protected void begin(Lane lane) throws Exception {
        for (Fault fault : faults) {
            fault.begin(this, lane);
        }
    }

    @Override
    protected Done disturb(int number) throws Exception {
        return faults.get((number - 1) % faults.size()).disturb(this, number);
    }

    @Override
    protected List<Finding> verify(Lane lane) throws Exception {
        List<Finding> findings = new ArrayList<>();
        for (Fault fault : faults) {
            findings.addAll(fault.verify(this, lane));
        }
        return findings;
    }

    @Override
    public void close() {
        try {
            super.close();
        } finally {
            faults.forEach(fault -> fault.close(this));
        }
    }
}
