package dev.candlewick.local.broker;

import dev.candlewick.local.cli.CandlewickHome;
import java.nio.file.Path;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * A broker that is a process of its own, started by {@link BrokerProcess}.
 *
 * <p>Arguments: home, data directory, port, log file. Writes one line to standard output: {@code ready <address>} or
 * {@code failed <reason>}. Publishes its state in the home and withdraws it when asked to terminate.
 */
public final class BrokerMain {

    static final String READY = "ready ";
    static final String FAILED = "failed ";
    private static final int EXIT_ENVIRONMENT = 4;

    private BrokerMain() {}

    /** Runs until terminated. */
    public static void main(String[] arguments) {
        CandlewickHome home = new CandlewickHome(Path.of(arguments[0]));
        EmbeddedBroker broker;
        try {
            broker = EmbeddedBroker.start(Path.of(arguments[1]), Integer.parseInt(arguments[2]));
        } catch (RuntimeException e) {
            e.printStackTrace();
            answer(FAILED + String.valueOf(e.getMessage()).replace('\n', ' '));
            System.exit(EXIT_ENVIRONMENT);
            return;
        }
        BrokerState state = BrokerState.ofThisProcess(broker, BrokerState.OWNER_KAFKA_UP, arguments[3]);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            state.withdraw(home);
                            broker.close();
                        },
                        "candlewick-broker-stop"));
        // A script and what it starts share a terminal and often a process group: its Ctrl-C and its hang-up are not
        // meant for a broker that was asked to stay.
        Signal.handle(new Signal("INT"), SignalHandler.SIG_IGN);
        Signal.handle(new Signal("HUP"), SignalHandler.SIG_IGN);
        state.publish(home);
        answer(READY + broker.bootstrapServers());
        broker.awaitShutdown();
    }

    private static void answer(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
