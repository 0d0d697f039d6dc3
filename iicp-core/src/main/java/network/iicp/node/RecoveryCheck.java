package network.iicp.node;

/**
 * Looks now and then whether the directory shows a node that it answers the heartbeats of. One that does not, several times in a row, is
 * asked to list the node again; one that does not even then has no register to look into, and is not asked any more. Not thread-safe.
 * Source: IICP node recovery.
 */
final class RecoveryCheck {

    private static final int EVERY = 2;
    private static final int GRACE = 3;

    private int beats;
    private int absences;
    private boolean inVain;
    private boolean triedAgain;

    /** What a directory says about a node. */
    enum Presence {
        /** It shows it. */
        PRESENT,
        /** It does not know it. */
        ABSENT,
        /** It did not say. */
        UNKNOWN
    }

    /** Notes a heartbeat and returns whether it is time to look. */
    boolean isDue() {
        beats++;
        return !inVain && beats % EVERY == 0;
    }

    /** Notes what the directory says, and returns whether the node has to register again. */
    boolean isLost(Presence presence) {
        if (presence == Presence.PRESENT) {
            absences = 0;
            triedAgain = false;
        } else if (presence == Presence.ABSENT) {
            absences++;
        }
        if (absences < GRACE) {
            return false;
        }
        absences = 0;
        if (triedAgain) {
            inVain = true;
            return false;
        }
        triedAgain = true;
        return true;
    }
}
