package network.iicp.node;

import java.time.Duration;

/**
 * What a node without a directory does instead of registering: it looks what its engines serve, and serves that.
 *
 * @param surveys asks the engines
 * @param keys replaced when they have served their time
 * @param interval how often it looks
 */
record EngineWatch(Surveys surveys, ConfidentialityKeys keys, Duration interval) implements Chore {

    @Override
    public Duration step() {
        keys.renew();
        surveys.adopt(surveys.current());
        return interval;
    }

    @Override
    public void last() {}
}
