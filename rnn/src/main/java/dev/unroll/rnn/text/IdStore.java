package dev.unroll.rnn.text;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;

/** Many ids in the order in which they came, two bytes for each while ids are small: a growing list without copies. */
final class IdStore {
    private static final int BITS = 16;
    private static final int CHUNK = 1 << BITS;

    private final List<Object> full = new ArrayList<>(); // char[], or int[] of larger ids
    private int[] last = new int[16]; // the ids behind the full chunks
    private int size;

    int size() {
        return size;
    }

    void add(int id) {
        if (size == Integer.MAX_VALUE) {
            throw new IllegalArgumentException("more than " + size + " tokens; use less of the text");
        }
        int at = size & CHUNK - 1;
        if (at == last.length) {
            last = Arrays.copyOf(last, 2 * at);
        }
        last[at] = id;
        size++;
        if (at == CHUNK - 1) {
            full.add(packed(last));
        }
    }

    int get(int index) {
        int chunk = index >>> BITS;
        int at = index & CHUNK - 1;
        if (chunk == full.size()) {
            return last[at];
        }
        return full.get(chunk) instanceof char[] small ? small[at] : ((int[]) full.get(chunk))[at];
    }

    /** Changes all ids, a chunk at a time. */
    void replaceAll(IntUnaryOperator change) {
        int[] ids = new int[CHUNK];
        for (int chunk = 0; chunk < full.size(); chunk++) {
            int from = chunk << BITS;
            Arrays.setAll(ids, at -> change.applyAsInt(get(from + at)));
            full.set(chunk, packed(ids));
        }
        for (int at = 0; at < (size & CHUNK - 1); at++) {
            last[at] = change.applyAsInt(last[at]);
        }
    }

    private static Object packed(int[] ids) {
        char[] small = new char[ids.length];
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != (char) ids[i]) {
                return ids.clone();
            }
            small[i] = (char) ids[i];
        }
        return small;
    }
}
