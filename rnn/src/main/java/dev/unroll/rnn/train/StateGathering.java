package dev.unroll.rnn.train;

import dev.unroll.kernels.Tensor;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.parallel.AllGather;
import dev.unroll.rnn.parallel.Exchange;
import dev.unroll.rnn.parallel.ShardTree;
import dev.unroll.rnn.parallel.ShardTree.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Sends the carried states of all shards to worker 0, which saves them.
 *
 * @param exchange of this worker
 * @param tree of the shards
 * @param gather of the same exchange
 */
record StateGathering(Exchange exchange, ShardTree tree, AllGather gather) {
    /** Overwrites, in worker 0, the states of the shards of other workers. */
    void toFirst(List<CarriedState> states) {
        List<double[]> descriptions = gather.numbers("the states of sequences", own(states).stream()
                .flatMapToDouble(state -> DoubleStream.of(state.batch(), state.isNew() ? 1 : 0))
                .toArray());
        boolean isFirst = exchange.worker() == 0;
        if (isFirst) {
            for (int worker = 1; worker < exchange.workers(); worker++) {
                double[] description = descriptions.get(worker);
                List<CarriedState> theirs = of(worker, states);
                for (int i = 0; i < theirs.size(); i++) {
                    theirs.get(i).become((int) description[2 * i], description[2 * i + 1] != 0);
                }
            }
        }
        exchange.round(
                worker -> worker == 0 ? tensors(own(states)) : List.of(),
                worker -> isFirst ? tensors(of(worker, states)) : List.of());
    }

    private List<CarriedState> own(List<CarriedState> states) {
        return of(exchange.worker(), states);
    }

    private List<CarriedState> of(int worker, List<CarriedState> states) {
        Node shards = tree.shardsOf(worker, exchange.workers());
        return states.subList(shards.from(), shards.to());
    }

    private static List<Tensor> tensors(List<CarriedState> states) {
        List<Tensor> tensors = new ArrayList<>();
        states.forEach(state -> tensors.addAll(state.tensors()));
        return tensors;
    }
}
