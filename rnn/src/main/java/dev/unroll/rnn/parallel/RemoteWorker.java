package dev.unroll.rnn.parallel;

import java.net.InetSocketAddress;

/** Another worker, as messages name it. */
record RemoteWorker(int worker, InetSocketAddress address) {
    @Override
    public String toString() {
        return "worker " + worker + " at " + text(address);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
