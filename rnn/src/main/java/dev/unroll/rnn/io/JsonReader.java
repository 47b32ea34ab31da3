package dev.unroll.rnn.io;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Recursive descent over one JSON text; {@link Json} says what is accepted. */
final class JsonReader {
    private static final int END = -1;

    private final String source;
    private final String text;
    private int position;
    private int depth;
    private int values;

    JsonReader(String source, String text) {
        this.source = source;
        this.text = text;
    }

    Object parse() throws MalformedFileException {
        Object value = value();
        if (peek() != END) {
            throw expected("the end");
        }
        return value;
    }

    private Object value() throws MalformedFileException {
        int c = peek();
        if (++values > Json.MAX_VALUES) {
            throw fault(position, "expected at most " + Json.MAX_VALUES + " values but found more");
        }
        return switch (c) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> literal("true", Boolean.TRUE);
            case 'f' -> literal("false", Boolean.FALSE);
            case 'n' -> literal("null", null);
            case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
            default -> throw expected("a value");
        };
    }

    private Map<String, Object> object() throws MalformedFileException {
        Map<String, Object> members = new LinkedHashMap<>();
        enter();
        if (peek() != '}') {
            do {
                member(members);
            } while (another('}'));
        }
        leave();
        return members;
    }

    private void member(Map<String, Object> members) throws MalformedFileException {
        if (peek() != '"') {
            throw expected("'\"' and a key");
        }
        int start = position;
        String key = string();
        if (members.containsKey(key)) {
            throw fault(start, "the key " + Shown.quote(key) + " is given twice in one object");
        }
        if (peek() != ':') {
            throw expected("':'");
        }
        position++;
        members.put(key, value());
    }

    private List<Object> array() throws MalformedFileException {
        List<Object> elements = new ArrayList<>();
        enter();
        if (peek() != ']') {
            do {
                elements.add(value());
            } while (another(']'));
        }
        leave();
        return elements;
    }

    private void enter() throws MalformedFileException {
        if (++depth > Json.MAX_DEPTH) {
            throw fault(position, "objects and arrays nested deeper than " + Json.MAX_DEPTH);
        }
        position++;
    }

    private void leave() {
        depth--;
        position++;
    }

    /** After a member or an element: true past a comma, false at the closing bracket. */
    private boolean another(char close) throws MalformedFileException {
        int c = peek();
        if (c == ',') {
            position++;
            return true;
        }
        if (c != close) {
            throw expected("',' or '" + close + "'");
        }
        return false;
    }

    private Object literal(String word, Object value) throws MalformedFileException {
        if (!text.startsWith(word, position)) {
            throw expected(word);
        }
        position += word.length();
        return value;
    }

    private Number number() throws MalformedFileException {
        int start = position;
        skip('-');
        if (!skip('0')) {
            digits();
        }
        boolean integer = true;
        if (skip('.')) {
            digits();
            integer = false;
        }
        if (skip('e') || skip('E')) {
            if (!skip('+')) {
                skip('-');
            }
            digits();
            integer = false;
        }
        if (position - start > Json.MAX_NUMBER_LENGTH) {
            throw fault(start, "a number of more than " + Json.MAX_NUMBER_LENGTH + " characters");
        }
        return number(start, text.substring(start, position), integer);
    }

    private Number number(int start, String digits, boolean integer) throws MalformedFileException {
        if (!integer) {
            double value = Double.parseDouble(digits);
            if (Double.isInfinite(value)) {
                throw fault(start, "the number " + digits + " is out of the range of 64-bit floating point");
            }
            return value;
        }
        try {
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            throw fault(start, "the integer " + digits + " is out of the range of a 64-bit integer");
        }
    }

    private void digits() throws MalformedFileException {
        int start = position;
        while (at(position) >= '0' && at(position) <= '9') {
            position++;
        }
        if (position == start) {
            throw expected("a digit");
        }
    }

    private String string() throws MalformedFileException {
        int start = position++;
        StringBuilder content = new StringBuilder();
        for (int c = at(position); c != '"'; c = at(position)) {
            if (c == END) {
                throw expected("'\"' to end the string");
            }
            if (c < ' ') {
                throw expected("control characters to be escaped");
            }
            position++;
            content.append(c == '\\' ? escape() : (char) c);
        }
        position++;
        String string = content.toString();
        if (!Json.isUnicode(string)) {
            throw fault(start, "the string has an unpaired surrogate, which is no valid Unicode,");
        }
        return string;
    }

    private char escape() throws MalformedFileException {
        int c = at(position);
        char plain = switch (c) {
            case '"', '\\', '/' -> (char) c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hexadecimal();
            default -> throw expected("one of \"\\/bfnrtu after '\\'");
        };
        position++;
        return plain;
    }

    /** The four digits after the u at the position, which ends on the last of them. */
    private char hexadecimal() throws MalformedFileException {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int c = at(++position);
            // Not Character.digit: it takes the digits of every script.
            if (!HexFormat.isHexDigit(c)) {
                throw expected("a hexadecimal digit");
            }
            unit = unit << 4 | HexFormat.fromHexDigit(c);
        }
        return (char) unit;
    }

    private boolean skip(char c) {
        if (at(position) != c) {
            return false;
        }
        position++;
        return true;
    }

    /** Skips white space. */
    private int peek() {
        while (true) {
            int c = at(position);
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c;
            }
            position++;
        }
    }

    private int at(int index) {
        return index < text.length() ? text.charAt(index) : END;
    }

    private MalformedFileException expected(String what) {
        String found = position == text.length() ? "the end" : Shown.character(text.codePointAt(position));
        return fault(position, "expected " + what, " but found " + found);
    }

    private MalformedFileException fault(int index, String problem) {
        return fault(index, problem, "");
    }

    private MalformedFileException fault(int index, String problem, String rest) {
        return new MalformedFileException(
                source, problem + " at character " + (text.codePointCount(0, index) + 1) + rest);
    }
}
