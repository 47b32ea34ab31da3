package dev.unroll.kernels;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.domains.DomainContextBase;

/**
 * What a property of kernels is tried for: a type, a size that crosses vectors and their tails, gaps between rows that
 * shift them against each other, and the seed of the numbers.
 */
record Case(ElementType type, int rows, int columns, int gap, long seed) {
    Samples samples() {
        return new Samples(type, gap, seed);
    }

    /** Makes cases for {@code @ForAll Case}. */
    static final class Cases extends DomainContextBase {
        @Provide
        Arbitrary<Case> cases() {
            return Combinators.combine(
                    Arbitraries.of(ElementType.F32, ElementType.F64),
                    Arbitraries.integers().between(0, 6),
                    Arbitraries.integers().between(0, 70),
                    Arbitraries.of(0, 0, 1, 3, 16),
                    Arbitraries.longs())
                    .as(Case::new)
                    .withoutEdgeCases(); // sizes of 0 come up by themselves, and FacesTest has them all
        }
    }
}
