package network.iicp.node;

import java.time.Duration;

/**
 * What a node without a directory does instead of registering: it looks what its engines serve, and serves that.
 *
 * @param offers what it serves
 * @param interval how often it looks
 */
record EngineWatch(Offers offers, Duration interval) implements Chore {

    @Override
    public Duration step() {
        offers.adopt(offers.survey());
        return interval;
    }

    @Override
    public void last() {}
}
