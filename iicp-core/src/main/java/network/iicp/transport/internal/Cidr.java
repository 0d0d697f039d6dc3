package network.iicp.transport.internal;

import java.net.InetAddress;
import java.util.Optional;

/** A block of IP addresses of one family. */
public final class Cidr {

    private final byte[] network;
    private final int bits;

    private Cidr(byte[] network, int bits) {
        this.network = network;
        this.bits = bits;
    }

    /**
     * Reads a block such as {@code 10.0.0.0/8} or {@code fd00::/8}, or a single address. Bits after the prefix are ignored.
     *
     * @return the block, or empty when the text is none
     */
    public static Optional<Cidr> parse(String text) {
        int slash = text.indexOf('/');
        Optional<InetAddress> address = IpLiteral.parse(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        byte[] network = address.get().getAddress();
        int most = network.length * 8;
        if (slash < 0) {
            return Optional.of(new Cidr(network, most));
        }
        String length = text.substring(slash + 1);
        if (!length.matches("\\d{1,3}") || Integer.parseInt(length) > most) {
            return Optional.empty();
        }
        return Optional.of(new Cidr(network, Integer.parseInt(length)));
    }

    /** Returns whether an address, in network byte order, is in the block; one of the other family never is. */
    public boolean contains(byte[] address) {
        if (address.length != network.length) {
            return false;
        }
        int whole = bits / 8;
        for (int i = 0; i < whole; i++) {
            if (address[i] != network[i]) {
                return false;
            }
        }
        int rest = bits % 8;
        if (rest == 0) {
            return true;
        }
        int mask = 0xFF << (8 - rest);
        return (address[whole] & mask) == (network[whole] & mask);
    }
}
