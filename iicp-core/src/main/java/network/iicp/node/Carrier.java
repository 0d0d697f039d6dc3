package network.iicp.node;

import network.iicp.transport.EventStream;

/** The way back to whoever sent a task. Exactly one of {@link #answer} and {@link #accept} is called, once. */
interface Carrier {

    /** Returns whether the task is answered with events. */
    boolean streaming();

    /**
     * Answers with a whole reply: the result, or a refusal.
     *
     * @param reply the answer
     * @param replay whether it was made for an earlier, equal request
     */
    void answer(StoredReply.Whole reply, Replay replay);

    /** Begins to answer with events. */
    EventStream accept(Replay replay);

    /** Runs the action when the caller is found gone before its answer was complete. */
    void onGone(Runnable action);

    /** Whether an answer was made for this request. */
    enum Replay {
        /** It was. */
        FIRST,
        /** It was made for an equal request before, or for one that still runs. */
        REPLAYED
    }
}
