package dev.candlewick.jobs.operators;

/** What a run's input says about the order in which its trades arrived. */
public enum Arrival {
    /** A log in its own order: the stamp finds what is late and how far trades are out of order. */
    LOG,
    /** An archive in any order: trades carry what the stamp found when their log was read, and it is not found anew. */
    ARCHIVED,
    /**
     * An archive whose trades come in the order of event time, through one subtask: they carry the stamp, and nothing comes
     * behind the watermark whatever was late once. So windows need not stand to the end of the input under
     * {@code late=accept}.
     */
    ARCHIVED_IN_ORDER;

    /** Whether trades carry the stamp. */
    public boolean isArchived() {
        return this != LOG;
    }
}
