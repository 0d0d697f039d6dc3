package network.iicp.client;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import network.iicp.protocol.Deadline;
import network.iicp.protocol.ErrorCode;
import network.iicp.protocol.ErrorComponent;
import network.iicp.protocol.IicpException;
import network.iicp.protocol.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/** A call, and another one in its place when nobody serves its intent; both inside one time limit. */
@SuppressWarnings("FutureReturnValueIgnored") // whenComplete is used for its effect
final class FallbackCall {

    /** Starts a call that may last so long. */
    @FunctionalInterface
    interface Leg<T> {
        CompletableFuture<T> start(Duration limit);
    }

    private FallbackCall() {}

    /** Makes the calls. Cancelling the future cancels the one that is running. */
    static <T> CompletableFuture<T> run(Duration total, Leg<T> first, Leg<T> second) {
        Deadline deadline = Deadline.after(total);
        CompletableFuture<T> result = new CompletableFuture<>();
        AtomicReference<CompletableFuture<T>> running = new AtomicReference<>();
        result.whenComplete((value, fault) -> cancel(result, running.get()));
        begin(first.start(total), running, result).whenComplete((value, fault) -> {
            if (fault == null) {
                result.complete(value);
                return;
            }
            IicpException known = Faults.typed(fault);
            Duration left = deadline.remaining();
            if (!isUnserved(known) || left.compareTo(TimeLimits.MIN_TOTAL) < 0 || result.isDone()) {
                result.completeExceptionally(known);
                return;
            }
            begin(second.start(left), running, result).whenComplete((other, otherFault) -> {
                if (otherFault == null) {
                    result.complete(other);
                } else {
                    IicpException last = Faults.typed(otherFault);
                    last.addSuppressed(known);
                    result.completeExceptionally(last);
                }
            });
        });
        return result;
    }

    private static <T> CompletableFuture<T> begin(
            CompletableFuture<T> call, AtomicReference<CompletableFuture<T>> running, CompletableFuture<T> result) {
        running.set(call);
        cancel(result, call);
        return call;
    }

    private static <T> void cancel(CompletableFuture<T> result, @Nullable CompletableFuture<T> call) {
        if (result.isCancelled() && call != null) {
            call.cancel(true);
        }
    }

    /** Nobody advertises the intent, nobody who was asked knows it, or the directory does not take it for one. */
    private static boolean isUnserved(IicpException fault) {
        ErrorCode code = fault.error().knownCode().orElse(null);
        return code == ErrorCode.NO_PROVIDER
                || code == ErrorCode.UNKNOWN_INTENT
                || (fault.component() == ErrorComponent.DIRECTORY && fault instanceof InvalidRequestException);
    }
}
