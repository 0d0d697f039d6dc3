package network.iicp.node;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;
import org.jspecify.annotations.Nullable;

/**
 * How often one web page origin and one address may send tasks: per origin in fixed windows of a minute, as official nodes count it; per
 * address with a bucket that refills evenly. Counted before the body is read. What is remembered is bounded: of more callers than that,
 * the ones heard of least recently are forgotten. Thread-safe.
 */
final class RateLimits {

    private static final long WINDOW_NANOS = Duration.ofSeconds(60).toNanos();
    private static final int MAX_REMEMBERED = 4096;
    private static final int LONGEST_ORIGIN = 256;
    private static final int IPV6_NETWORK_BYTES = 8;

    private final int perOrigin;
    private final int perAddress;
    private final LongSupplier nanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Window> origins = bounded();
    private final Map<String, Bucket> addresses = bounded();

    private static final class Window {
        private final long start;
        private int count;

        private Window(long start) {
            this.start = start;
        }
    }

    /**
     * Makes the limits.
     *
     * @param perOrigin tasks of one origin in a minute; 0 for no limit
     * @param perAddress tasks of one address in a minute; 0 for no limit
     * @param nanos a monotonic clock
     */
    RateLimits(int perOrigin, int perAddress, LongSupplier nanos) {
        this.perOrigin = perOrigin;
        this.perAddress = perAddress;
        this.nanos = nanos;
    }

    private static <V> Map<String, V> bounded() {
        return new LinkedHashMap<>(64, 0.75f, true) {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
                return size() > MAX_REMEMBERED;
            }
        };
    }

    /**
     * Counts one task.
     *
     * @param origin the {@code Origin} header, or {@code null} when the caller is no web page
     * @param address where the connection comes from, or {@code null} when that is not known
     * @throws network.iicp.protocol.CapacityException with {@code rate_limited} if it is one too many
     */
    void count(@Nullable String origin, @Nullable InetAddress address) {
        long now = nanos.getAsLong();
        long wait;
        String who;
        lock.lock();
        try {
            wait = origin == null || perOrigin == 0 ? 0 : countOrigin(shortened(origin), now);
            who = "origin";
            if (wait == 0 && address != null && perAddress > 0) {
                wait = countAddress(network(address), now);
                who = "address";
            }
        } finally {
            lock.unlock();
        }
        if (wait > 0) {
            throw Refusal.of(
                    ErrorCode.RATE_LIMITED,
                    "more than %d tasks in a minute from this %s"
                            .formatted(who.equals("origin") ? perOrigin : perAddress, who),
                    Duration.ofNanos(wait));
        }
    }

    private long countOrigin(String origin, long now) {
        Window window = origins.get(origin);
        if (window == null || now - window.start >= WINDOW_NANOS) {
            window = new Window(now);
            origins.put(origin, window);
        }
        if (window.count >= perOrigin) {
            return WINDOW_NANOS - (now - window.start);
        }
        window.count++;
        return 0;
    }

    private long countAddress(String address, long now) {
        Bucket bucket = addresses.computeIfAbsent(address, unknown -> new Bucket(perAddress, now));
        long wait = bucket.waitForOne(now);
        if (wait == 0) {
            bucket.take(1);
        }
        return wait;
    }

    private static String shortened(String origin) {
        String text = origin.length() <= LONGEST_ORIGIN ? origin : origin.substring(0, LONGEST_ORIGIN);
        return text.toLowerCase(Locale.ROOT);
    }

    /** One subscriber usually holds a whole IPv6 /64, so that is what is counted. */
    static String network(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet6Address ? IPV6_NETWORK_BYTES : bytes.length;
        return HexFormat.of().formatHex(Arrays.copyOf(bytes, length));
    }
}
