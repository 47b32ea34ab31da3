package dev.unroll.gradcheck;

import java.util.List;
import java.util.regex.Pattern;

/** Small networks of every kind, for the tests of whole networks. */
final class Networks {
    static final List<String> ALL = List.of(
            "rnn:3", "rnn:2x4", "rnn:3:f=sigmoid", "rnn:3:bias=false", "srnn:3x2",
            "gru:3", "gru:2x2", "gru:3:bias=false", "gru:3:reset=before", "gru:2:reset=before:bias=false",
            "gru:3:gates=2", "gru:2:gates=3,2:f=sigmoid",
            "lstm:3", "lstm:2x2", "lstm:3:bias=false", "lstm:3:forget=1", "lstm:4:projection=2",
            "lstm:3:gates=2", "lstm:2:gates=3,2:f=sigmoid",
            "di:3,2", "do:3,2", "dt:3,2", "dt:2,3,4", "dts:3,2", "dts:2,3,4:f=sigmoid", "dot:3,2,4", "dots:2,3,4",
            "dt:3,2:bias=false", "dots:2,3,4:bias=false", "mlp:3,2:bias=false:shortcuts/rnn:2:bias=false",
            "dt:3,2:lp=2", "dts:3,2:lp=2", "dt:2,3,4:lp=3:f=sigmoid", "dts:2,3,4:lp=2:f=sigmoid", "do:3,2:maxout=2",
            "rnn:3/mlp:3,2:maxout=3:shortcuts", "rnn:2/mlp:2,3:lp=2", "mlp:3,2:lp=2:shortcuts/rnn:2",
            "dots:3,2,4:f=sigmoid:lp=2:maxout=2:dropout=0.5",
            "mlp:3,2:shortcuts/rnn:3", "embedding:3/rnn:3:residual/gru:2/mlp:4",
            "rnn:3:bidirectional", "gru:2:bidirectional=sum", "gru:2:reset=before:bidirectional",
            "lstm:2:bidirectional/dts:3,2:bidirectional=sum",
            "dts:2,3/dts:3,2", "embedding:3/gru:3/tied", "gru:2:bidirectional/lstm:4:projection=3/bare",
            "rnn:3:learned",
            "lstm:3:dropout=0.5", "gru:3:dropout=0.25:variational/rnn:2:input=0.5", "lstm:2:zoneout=0.5:learned",
            "gru:3:gates=2:zoneout=0.25:learned",
            "lstm:3:norm", "lstm:2x2:norm:bias=false", "lstm:4:norm:projection=2:forget=1",
            "gru:3:norm", "gru:2:norm:bias=false:bidirectional", "gru:3:norm:zoneout=0.25/lstm:2:norm:dropout=0.5");

    private Networks() {}

    /** The same network with sizes that are multiples; numbers of layers and options with fractions stay. */
    static String scaled(String network, int factor) {
        return Pattern.compile("(?<=[:,x=])\\d+(?![x.\\d])")
                .matcher(network)
                .replaceAll(size -> Integer.toString(Integer.parseInt(size.group()) * factor));
    }
}
