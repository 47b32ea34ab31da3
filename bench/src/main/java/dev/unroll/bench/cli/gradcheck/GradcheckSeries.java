package dev.unroll.bench.cli.gradcheck;

import dev.unroll.gradcheck.CheckBuilder;
import dev.unroll.gradcheck.GradCheck;
import dev.unroll.gradcheck.Mode;
import dev.unroll.gradcheck.Result;
import dev.unroll.gradcheck.finding.Coverage;
import dev.unroll.gradcheck.input.ModelSampler;
import dev.unroll.gradcheck.input.Samplers;
import dev.unroll.kernels.ElementType;
import dev.unroll.kernels.WorkerPool;
import dev.unroll.rnn.autograd.Op;
import dev.unroll.rnn.autograd.Tape;
import dev.unroll.rnn.autograd.Variable;
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
     * Checks one case, all of which follows from its number, the seed and the options.
     *
     * @param number of the case in the series, from 0
     * @param looked counts what is looked at
     */
    Result check(int number, long seed, GradcheckOptions options, Coverage looked);

    /**
     * An op. Of every four cases the first, unless a size was asked for, is what a check without options looks at: small
     * sizes, some that fill vectors, and large numbers. The second is small and compared derivative by derivative, the
     * others are large.
     */
    record OfOp(Op op) implements GradcheckSeries {
        private static final int KINDS = 4;
        private static final int SMALL = 4;

        /** Larger than a vector of eight doubles, and mostly no multiple of it. */
        private static final int LARGE = 21;

        @Override
        public String name() {
            return op.name();
        }

        @Override
        public Result check(int number, long seed, GradcheckOptions options, Coverage looked) {
            int kind = number % KINDS;
            if (kind == 0 && !options.isSized()) {
                return options.ofOp(GradCheck.of(op)).seed(seed).counting(looked).run();
            }
            boolean small = kind < 2;
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

        /** Fused passes per step of a random network of a few layers. */
        private static final int PASSES = 8;

        @Override
        public Result check(int number, long seed, GradcheckOptions options, Coverage looked) {
            RandomGenerator random = Randoms.of(seed);
            String network = text != null ? text : ModelSampler.text(random, options.sizesOr(LARGEST_LAYER));
            int steps = random.nextInt(1, options.stepsOr(MOST_STEPS) + 1);
            int[] lengths = Samplers.lengths(random, random.nextInt(1, MOST_SEQUENCES + 1), steps);
            int rows = steps * lengths.length;
            Batch batch = new Batch(
                    SequenceLayout.padded(steps, lengths), new Ids(random.ints(rows, 0, TOKENS).toArray()),
                    new Ids(random.ints(rows, 0, TOKENS).toArray()));
            try (Run f64 = new Run(network, ElementType.F64, batch, seed);
                    Run f32 = options.isSinglePrecision() ? new Run(network, ElementType.F32, batch, seed) : null) {
                CheckBuilder check = options.ofAll(GradCheck.of(f64.model.parameters(), f64::loss))
                        .named(network + ", " + lengths.length + " sequences of at most " + steps + " steps")
                        .seed(seed)
                        .counting(looked);
                return (f32 == null ? check : check.singlePrecision(f32.model.parameters(), f32::loss, PASSES * steps))
                        .run();
            }
        }

        /** A network of one type on a batch. */
        private static final class Run implements AutoCloseable {
            private final DeepRnn model;
            private final CarriedState state;
            private final Batch batch;
            private final long seed;

            Run(String network, ElementType type, Batch batch, long seed) {
                this.batch = batch;
                this.seed = seed;
                model = NetworkBuilder.of(network, TOKENS).type(type).seed(seed).pool(WorkerPool.caller()).build();
                state = model.newState(batch.layout().batch());
            }

            Variable loss(Tape tape) {
                return Task.nextToken().loss(model, tape.training(seed, 1), batch, state);
            }

            @Override
            public void close() {
                state.close();
                model.close();
            }
        }
    }
}
