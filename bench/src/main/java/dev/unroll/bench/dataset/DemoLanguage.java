package dev.unroll.bench.dataset;

import static dev.unroll.bench.dataset.Grammar.anyOf;
import static dev.unroll.bench.dataset.Grammar.word;

import dev.unroll.bench.dataset.Grammar.Choice;
import dev.unroll.bench.dataset.Grammar.Symbol;
import java.util.List;

/**
 * The language of the demo: tongue twisters such as "she packed her basket, she, as they hid, locked her casket."
 *
 * <p>Three things in it need memory, from easy to hard. A possessive agrees with its subject across a verb, and a thing
 * with its verb across a possessive: a window of 8 characters just misses them, since verbs and things have 6 letters
 * and all end alike, in "-ked" and "-ket". The subject stays the same to the end of the sentence. And an aside may
 * stand between a subject and its verb, with a subject, verb and thing of its own, and one more aside in it: the outer
 * subjects must then be kept as on a stack, 2 deep at most. Asides without a second possessive, and without a second
 * subject, are there so that this can be learned in steps.
 *
 * <p>The grammar is not ambiguous: a text has one derivation.
 */
final class DemoLanguage {
    private static final int DEEPEST_ASIDE = 2;

    /** Percentage of clauses with an aside, where one more is allowed. */
    private static final int ASIDES_OF_100 = 22;

    private record Person(String subject, String possessive) {}

    private record Activity(List<String> verbs, List<String> things) {}

    private static final List<Person> PERSONS = List.of(
            new Person("i", "my"), new Person("you", "your"), new Person("he", "his"), new Person("she", "her"),
            new Person("it", "its"), new Person("we", "our"), new Person("they", "their"));

    private static final List<Activity> ACTIVITIES = List.of(
            new Activity(List.of("packed", "picked"), List.of("basket", "packet")),
            new Activity(List.of("locked", "marked"), List.of("locket", "casket")),
            new Activity(List.of("hooked", "tucked"), List.of("jacket", "pocket")),
            new Activity(List.of("booked", "banked"), List.of("ticket", "docket")));

    private static final List<String> TIMES = List.of("at noon", "in june", "by night", "at last");

    private static final List<String> BRIEF_VERBS = List.of("ran", "sat", "hid", "sang");

    private DemoLanguage() {}

    /** The start symbol: sentences without end. */
    static Symbol text() {
        Choice text = new Choice();
        return text.or(1, sentence(), text);
    }

    /** One to many clauses, 4 on average, all with the same subject. */
    private static Symbol sentence() {
        Choice sentence = new Choice();
        Symbol aside = aside(DEEPEST_ASIDE);
        for (Person person : PERSONS) {
            Symbol clause = clause(person, aside);
            Choice rest = new Choice();
            rest.or(3, word(", "), clause, rest).or(1, word(". "));
            sentence.or(1, clause, rest);
        }
        return sentence;
    }

    /** A subject, an aside or none, and what the subject did. */
    private static Symbol clause(Person person, Symbol aside) {
        Choice gap = new Choice().or(100 - ASIDES_OF_100, word(" ")).or(ASIDES_OF_100, aside);
        return new Choice().or(1, word(person.subject()), gap, deed(person));
    }

    private static Symbol clauseWithoutAside(Person person) {
        return new Choice().or(1, word(person.subject() + " "), deed(person));
    }

    /** A verb, the possessive that agrees with the subject, and a thing that goes with the verb. */
    private static Symbol deed(Person person) {
        Choice deed = new Choice();
        for (Activity activity : ACTIVITIES) {
            deed.or(1, anyOf(activity.verbs()), word(" " + person.possessive() + " "), anyOf(activity.things()));
        }
        return deed;
    }

    /** A time, a brief clause, or a whole clause which has room for asides of its own up to {@code depth - 1}. */
    private static Symbol aside(int depth) {
        Choice brief = new Choice();
        Choice whole = new Choice();
        Symbol inner = depth > 1 ? aside(depth - 1) : null;
        for (Person person : PERSONS) {
            brief.or(1, word(person.subject() + " "), anyOf(BRIEF_VERBS));
            whole.or(1, inner == null ? clauseWithoutAside(person) : clause(person, inner));
        }
        Symbol open = word(", ");
        Symbol openClause = word(", as ");
        Symbol close = word(", ");
        return new Choice()
                .or(4, open, anyOf(TIMES), close)
                .or(4, openClause, brief, close)
                .or(3, openClause, whole, close);
    }
}
