package network.iicp.crypto;

import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.util.Arrays;

/** Hands out given bytes in order, then fails: known answers must not depend on more randomness than they state. */
final class FixedRandom extends SecureRandom {

    private static final long serialVersionUID = 1L;

    private final byte[] bytes;
    private int used;

    FixedRandom(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        this.bytes = all.toByteArray();
    }

    /** Returns {@code count} bytes that count up from {@code first}. */
    static byte[] counting(int first, int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }

    @Override
    public void nextBytes(byte[] target) {
        if (used + target.length > bytes.length) {
            throw new AssertionError("more random bytes asked for than the known answer states");
        }
        System.arraycopy(Arrays.copyOfRange(bytes, used, used + target.length), 0, target, 0, target.length);
        used += target.length;
    }
}
