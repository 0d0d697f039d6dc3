package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.IicpException;
import org.jspecify.annotations.Nullable;

/** Remembers when the directory last answered, and how the last call to it ended. Thread-safe. */
final class DirectoryContact implements Consumer<@Nullable Throwable> {

    private static final int SERVER_ERROR = 500;

    private final LongSupplier nanos;
    private final AtomicReference<@Nullable Last> last = new AtomicReference<>();

    /**
     * How things stood after a call.
     *
     * @param answered whether the directory has ever answered
     * @param answeredNanos when it last did
     * @param failure code of the last call's failure, or {@code null}
     */
    private record Last(
            boolean answered, long answeredNanos, @Nullable String failure) {}

    DirectoryContact(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public void accept(@Nullable Throwable fault) {
        if (isAnswer(fault)) {
            last.set(new Last(true, nanos.getAsLong(), null));
            return;
        }
        String code = fault instanceof IicpException known ? known.code() : ErrorCode.INTERNAL_ERROR.slug();
        last.updateAndGet(before ->
                before == null ? new Last(false, 0, code) : new Last(before.answered(), before.answeredNanos(), code));
    }

    /** Whoever refuses a request is there. */
    private static boolean isAnswer(@Nullable Throwable fault) {
        if (fault == null) {
            return true;
        }
        int status = fault instanceof IicpException known ? known.httpStatus() : 0;
        return status > 0 && status < SERVER_ERROR;
    }

    ClientHealth.Directory state() {
        Last now = last.get();
        if (now == null) {
            return ClientHealth.Directory.UNKNOWN;
        }
        return now.failure() == null ? ClientHealth.Directory.ANSWERS : ClientHealth.Directory.SILENT;
    }

    @Nullable
    String failure() {
        Last now = last.get();
        return now == null ? null : now.failure();
    }

    /** Returns the time since the last answer, or {@code null} if there was none. */
    @Nullable
    Duration sinceAnswer() {
        Last now = last.get();
        return now == null || !now.answered() ? null : Duration.ofNanos(nanos.getAsLong() - now.answeredNanos());
    }
}
