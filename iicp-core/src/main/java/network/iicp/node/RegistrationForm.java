package network.iicp.node;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import network.iicp.protocol.Capability;
import network.iicp.protocol.ConfidentialityKey;
import network.iicp.protocol.registration.AvailabilityWindow;
import network.iicp.protocol.registration.NodePolicy;
import network.iicp.protocol.registration.NodePricing;
import network.iicp.protocol.registration.NodeRegistration;
import org.jspecify.annotations.Nullable;

/**
 * What a node says about itself when it registers, made anew for every registration, because keys, windows in UTC and whatever expires
 * change while it runs. Thread-safe.
 */
final class RegistrationForm {

    private static final int HMAC_KEY_BYTES = 32;

    private final NodeSettings settings;
    private final URI endpoint;
    private final Offers offers;
    private final ConfidentialityKeys keys;
    private final Clock clock;
    private final String ownHmacKey;

    /**
     * What a registration says besides the capabilities; another edition is a reason to register again.
     *
     * @param keyId name of the confidentiality key, or {@code null}
     * @param backend kind of the engines
     * @param windows when the node is available, in UTC
     */
    record Edition(@Nullable String keyId, String backend, List<AvailabilityWindow> windows) {}

    RegistrationForm(
            NodeSettings settings, URI endpoint, Offers offers, ConfidentialityKeys keys, SecureRandom random) {
        this.settings = settings;
        this.endpoint = endpoint;
        this.offers = offers;
        this.keys = keys;
        this.clock = settings.clock();
        byte[] secret = new byte[HMAC_KEY_BYTES];
        random.nextBytes(secret);
        this.ownHmacKey = HexFormat.of().formatHex(secret);
    }

    /** Returns where consumers are told to send tasks. */
    URI endpoint() {
        return endpoint;
    }

    /** Replaces keys that have served their time. */
    void renewKeys() {
        keys.renew();
    }

    /** Returns the edition of this moment. */
    Edition edition() {
        return new Edition(
                keys.announced().map(ConfidentialityKey::keyId).orElse(null),
                offers.type(),
                settings.availability().inUtc(clock.instant()));
    }

    /**
     * Returns the registration of this moment.
     *
     * @param offered what is offered, at least one
     * @param edition what else is said
     * @param held what the directory gave the node before, or {@code null}
     */
    NodeRegistration fill(List<Capability> offered, Edition edition, @Nullable NodeCredential held) {
        NodeRegistration.Builder form = NodeRegistration.builder(endpoint)
                .nodeId(settings.nodeId())
                .currentToken(held == null ? null : held.token())
                .region(settings.region())
                .capabilities(offered)
                .limits(settings.limits())
                .confidentialityKey(keys.announced().orElse(null))
                .backend(edition.backend())
                .availability(edition.windows());
        CooperationPolicy cooperation = settings.cooperation();
        if (cooperation.worker()) {
            form.policy(new NodePolicy(true, cooperation.toolExecution(), false, null));
        }
        settings.price().ifPresent(price -> declare(price, held, form));
        settings.registrationMembers().forEach(source -> source.get().forEach(form::extra));
        return form.build();
    }

    /**
     * Directories check the signature with the key of this registration, and some make a new one for each: so the node brings the key it
     * signs with.
     */
    private void declare(NodePrice price, @Nullable NodeCredential held, NodeRegistration.Builder form) {
        NodePricing pricing = price.declare();
        if (price.signed()) {
            String key = held == null || held.hmacKey() == null ? ownHmacKey : held.hmacKey();
            pricing = price.declare(key);
            form.hmacKey(key);
        }
        form.pricing(pricing);
    }
}
