package dev.unroll.gradcheck.subject;

/** The inputs of a run between whose rows lies memory that is not theirs. */
enum Gaps {
    /** No input. */
    NONE,
    /** Every input, with gaps of a few elements. */
    NARROW,
    /** Every second input from the first, with gaps longer than a row. */
    WIDE_IN_EVEN,
    /** Every second input from the second, with gaps longer than a row. */
    WIDE_IN_ODD;

    /** Elements to the left of a row and to its right: together no multiple of a vector. */
    record Margins(int left, int right) {}

    /** The margins of an input, null for none. */
    Margins of(int input, int columns) {
        return switch (this) {
            case NONE -> null;
            case NARROW -> new Margins(PlacedInput.LEFT, PlacedInput.RIGHT);
            case WIDE_IN_EVEN -> input % 2 == 0 ? wide(columns) : null;
            case WIDE_IN_ODD -> input % 2 == 1 ? wide(columns) : null;
        };
    }

    private static Margins wide(int columns) {
        return new Margins(3, columns + 10);
    }
}
