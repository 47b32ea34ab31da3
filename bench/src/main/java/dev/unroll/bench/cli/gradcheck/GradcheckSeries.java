package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.GradCheck;
import dev.unroll.gradcheck.Mode;
import dev.unroll.gradcheck.Result;
import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.ModelSampler;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.data.Batch;
import dev.unroll.rnn.data.Ids;
import dev.unroll.rnn.data.SequenceLayout;
import dev.unroll.rnn.init.Randoms;
import dev.unroll.rnn.model.CarriedState;
import dev.unroll.rnn.model.DeepRnn;
import dev.unroll.rnn.model.NetworkBuilder;
import dev.unroll.rnn.model.Task;
import java.util.random.RandomGenerator;

/** A series of checks of one thing at random sizes and values: a line in the table of {@code unroll gradcheck}. */
interface GradcheckSeries {
    String name();

    /**
     * Checks one case, all of which follows from the seed and the options.
     *
     * @param looked counts what is looked at
     */
    Result check(long seed, GradcheckOptions options, Coverage looked);

    /** An op, with every second case small and compared derivative by derivative. */
    record OfOp(Op op) implements GradcheckSeries {
        private static final int SMALL = 4;

        /** Larger than a vector of eight doubles, and mostly no multiple of it. */
        private static final int LARGE = 21;

        @Override
        public String name() {
            return op.name();
        }

        @Override
        public Result check(long seed, GradcheckOptions options, Coverage looked) {
            boolean small = Randoms.of(seed).nextBoolean();
            return options.ofOp(GradCheck.of(op))
                    .seed(seed)
                    .sizesUpTo(small ? Math.min(SMALL, options.sizesOr(SMALL)) : options.sizesOr(LARGE))
                    .mode(small ? Mode.FULL_JACOBIAN : Mode.PROJECTED)
                    .counting(looked)
                    .run();
        }
    }

    /**
     * All parameters of a network, through a few steps of a batch of sequences that end at different times, with
     * dropout.
     *
     * @param name of the line
     * @param text of the network, or null for another one in each case
     */
    record OfNetwork(String name, String text) implements GradcheckSeries {
        private static final int LARGEST_LAYER = 5;
        private static final int MOST_SEQUENCES = 3;
        private static final int MOST_STEPS = 4;
        private static final int TOKENS = 6;

        @Override
        public Result check(long seed, GradcheckOptions options, Coverage looked) {
            RandomGenerator random = Randoms.of(seed);
            String network = text != null ? text : ModelSampler.text(random, options.sizesOr(LARGEST_LAYER));
            int steps = random.nextInt(1, MOST_STEPS + 1);
            int[] lengths = Samplers.lengths(random, random.nextInt(1, MOST_SEQUENCES + 1), steps);
            int rows = steps * lengths.length;
            Batch batch = new Batch(
                    SequenceLayout.padded(steps, lengths), new Ids(random.ints(rows, 0, TOKENS).toArray()),
                    new Ids(random.ints(rows, 0, TOKENS).toArray()));
            try (DeepRnn model = NetworkBuilder.of(network, TOKENS)
                    .type(ElementType.F64)
                    .seed(seed)
                    .pool(WorkerPool.caller())
                    .build();
                    CarriedState state = model.newState(lengths.length)) {
                return options.ofAll(GradCheck.of(
                        model.parameters(),
                        tape -> Task.nextToken().loss(model, tape.training(seed, 1), batch, state)))
                        .named(network + ", " + lengths.length + " sequences of at most " + steps + " steps")
                        .seed(seed)
                        .counting(looked)
                        .run();
            }
        }
    }
}
