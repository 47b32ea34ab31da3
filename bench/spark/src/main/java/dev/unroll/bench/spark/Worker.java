package dev.unroll.bench.spark;

import dev.unroll.bench.cli.common.CommandLines;
import dev.unroll.bench.cli.train.SparkProcess;
import dev.unroll.rnn.parallel.ExchangeDoor;
import dev.unroll.rnn.parallel.SocketExchange;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.SparkEnv;
import scala.collection.Iterator;
import scala.collection.Iterator$;
import scala.runtime.AbstractFunction1;

/**
 * What the task of one worker does: it meets the others, and trains with them. They tell each other where they listen through
 * Spark; everything else goes straight from one to the other.
 */
final class Worker extends AbstractFunction1<Iterator<Integer>, Iterator<WorkerResult>> implements Serializable {
    @Serial
    private static final long serialVersionUID = 1;

    /** The beginnings of what a worker tells the others: the reason why it cannot train, or its address. */
    private static final String FAILED = "!";
    private static final String SEES_THE_FOLDER = "+";
    private static final String SEES_IT_NOT = "-";

    private final Assignment assignment;
    private final ProgressLines lines;

    Worker(Assignment assignment, ProgressLines lines) {
        this.assignment = assignment;
        this.lines = lines;
    }

    @Override
    public Iterator<WorkerResult> apply(Iterator<Integer> numbers) {
        return Iterator$.MODULE$.single(meet(BarrierTaskContext.get()));
    }

    private WorkerResult meet(BarrierTaskContext context) {
        String host = SparkEnv.get().blockManager().blockManagerId().host();
        ExchangeDoor doorOrNull = null;
        String message;
        try {
            SparkProcess.requireJava(Runtime.version(), "an executor");
            doorOrNull = SocketExchange.listen(InetAddress.getByName(host));
            message = address(doorOrNull.address());
        } catch (IOException | RuntimeException e) { // which the others must hear of, since they wait
            message = FAILED + "worker " + context.partitionId() + " on " + host + ": " + CommandLines.reason(e);
        }
        try (ExchangeDoor door = doorOrNull) {
            return train(door, context.allGather(message), context);
        } catch (RuntimeException e) {
            return WorkerResult.failed(e, false, new ProgressLines().value());
        }
    }

    private String address(InetSocketAddress own) {
        boolean sees = Files.exists(Path.of(assignment.out(), assignment.marker()));
        return (sees ? SEES_THE_FOLDER : SEES_IT_NOT) + own.getAddress().getHostAddress() + "/" + own.getPort();
    }

    private static InetSocketAddress address(String message) {
        int end = message.lastIndexOf('/');
        return new InetSocketAddress(message.substring(1, end), Integer.parseInt(message.substring(end + 1)));
    }

    private WorkerResult train(ExchangeDoor door, String[] messages, BarrierTaskContext context) {
        boolean allSee = true;
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (String message : messages) {
            if (message.startsWith(FAILED)) {
                throw new IllegalStateException(message.substring(FAILED.length()));
            }
            allSee &= message.startsWith(SEES_THE_FOLDER);
            addresses.add(address(message));
        }
        try (SocketExchange exchange =
                door.connect(context.partitionId(), addresses, assignment.secret(), assignment.timeout())) {
            return new WorkerTraining(assignment, lines, exchange, allSee).run(context.cpus());
        }
    }
}
