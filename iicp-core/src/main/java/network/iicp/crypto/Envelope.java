package network.iicp.crypto;

import java.util.Map;

/** Reads the members of an envelope that came from outside. Unknown members are ignored. */
final class Envelope {

    /** An envelope is not what it should be; the message names the member and never shows its value. */
    static final class Malformed extends Exception {

        private static final long serialVersionUID = 1L;

        Malformed(String message) {
            super(message);
        }
    }

    private final Map<String, Object> members;

    Envelope(Map<String, Object> members) {
        this.members = members;
    }

    void requireVersion() throws Malformed {
        Object version = members.get("version");
        if (!(version instanceof Number number) || number.doubleValue() != CxContext.VERSION) {
            throw new Malformed("its version is not " + CxContext.VERSION);
        }
    }

    String text(String member) throws Malformed {
        if (members.get(member) instanceof String text) {
            return text;
        }
        throw new Malformed("its member %s is missing or not a string".formatted(member));
    }

    byte[] exactly(int length, String member) throws Malformed {
        return Base64Url.decodeExactly(text(member), length)
                .orElseThrow(
                        () -> new Malformed("its member %s is not %d bytes in base64url".formatted(member, length)));
    }

    byte[] sealedBody() throws Malformed {
        byte[] sealed = Base64Url.decode(text("encrypted_body"), CxContext.MAX_SEALED_BYTES)
                .orElseThrow(() -> new Malformed("its member encrypted_body is not base64url of at most %d bytes"
                        .formatted(CxContext.MAX_SEALED_BYTES)));
        if (sealed.length < AesGcm.TAG_BYTES) {
            throw new Malformed("its member encrypted_body is shorter than a tag");
        }
        return sealed;
    }
}
