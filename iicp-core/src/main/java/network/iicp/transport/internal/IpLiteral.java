package network.iicp.transport.internal;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** IP addresses written as text, read strictly and without ever asking a name server. */
public final class IpLiteral {

    private static final Pattern DOTTED_QUAD =
            Pattern.compile("(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)(\\.(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)){3}");
    private static final Pattern IPV6_CHARS = Pattern.compile("[0-9a-fA-F:.]+");

    private IpLiteral() {}

    /**
     * Reads an address: four decimal numbers without leading zeros, or IPv6 with or without brackets.
     *
     * @return the address, or empty when the text is none; zone ids are not accepted
     */
    public static Optional<InetAddress> parse(String text) {
        if (DOTTED_QUAD.matcher(text).matches()) {
            return Optional.of(address(quad(text)));
        }
        String bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
        if (bare.indexOf(':') < 0 || !IPV6_CHARS.matcher(bare).matches()) {
            return Optional.empty();
        }
        try {
            // The characters leave no room for a name, so nothing is looked up.
            return Optional.of(InetAddress.getByName("[" + bare + "]"));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns whether a host name would be taken for an IPv4 address by some resolver although it is not written as four plain decimal
     * numbers: its last label is a number, in decimal, octal or hexadecimal.
     */
    public static boolean looksNumeric(String host) {
        String name = host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
        String last = name.substring(name.lastIndexOf('.') + 1);
        return last.matches("\\d+|0[xX][0-9a-fA-F]*");
    }

    /** Returns the IPv4 addresses that an IPv6 address carries; more than one when it names a relay and a host. */
    public static List<byte[]> embeddedIpv4(byte[] v6) {
        if (startsWith(v6, 0x00, 0x64, 0xFF, 0x9B) && isZero(v6, 4, 12)) {
            return List.of(Arrays.copyOfRange(v6, 12, 16));
        }
        if (startsWith(v6, 0x20, 0x02)) {
            return List.of(Arrays.copyOfRange(v6, 2, 6));
        }
        if (startsWith(v6, 0x20, 0x01, 0x00, 0x00)) {
            return List.of(Arrays.copyOfRange(v6, 4, 8), inverted(Arrays.copyOfRange(v6, 12, 16)));
        }
        boolean mapped = isZero(v6, 0, 10) && v6[10] == (byte) 0xFF && v6[11] == (byte) 0xFF;
        boolean translated = isZero(v6, 0, 8) && v6[8] == (byte) 0xFF && v6[9] == (byte) 0xFF && isZero(v6, 10, 12);
        return mapped || translated ? List.of(Arrays.copyOfRange(v6, 12, 16)) : List.of();
    }

    private static byte[] quad(String text) {
        String[] parts = text.split("\\.", 4);
        byte[] bytes = new byte[4];
        for (int i = 0; i < 4; i++) {
            bytes[i] = (byte) Integer.parseInt(parts[i]);
        }
        return bytes;
    }

    private static InetAddress address(byte[] bytes) {
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length, e);
        }
    }

    private static boolean startsWith(byte[] bytes, int... start) {
        for (int i = 0; i < start.length; i++) {
            if (bytes[i] != (byte) start[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] inverted(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) ~bytes[i];
        }
        return bytes;
    }
}
