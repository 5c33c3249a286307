package dev.henge.gossip.wire;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What all nodes of a cluster know and strangers do not; or {@link #NONE}.
 *
 * <p>It never leaves the process: what is sent are HMAC-SHA256 values under it (RFC 2104), each of a text that begins
 * with what it is for, so that one cannot stand for another. Who hears such a value can try secrets against it at
 * leisure, which is why short ones are refused.
 */
public final class ClusterSecret {
    /** A secret has at least so many characters. */
    public static final int CHARS_MIN = 16;
    /** The bytes of a proof. */
    static final int PROOF_BYTES = 32;

    /** No secret: everybody who knows the cluster's name is let in. */
    public static final ClusterSecret NONE = new ClusterSecret(null);

    private static final String ALGORITHM = "HmacSHA256";
    private static final int TAG_BYTES = 16;

    private final SecretKeySpec key;

    private ClusterSecret(SecretKeySpec key) {
        this.key = key;
    }

    /** The secret that the text is; none if it is empty. The message of what is thrown does not tell the text. */
    public static ClusterSecret of(String text) {
        if (text.isEmpty()) {
            return NONE;
        }
        if (text.length() < CHARS_MIN) {
            throw new IllegalArgumentException("a cluster secret has at least " + CHARS_MIN + " characters");
        }
        return new ClusterSecret(new SecretKeySpec(text.getBytes(StandardCharsets.UTF_8), ALGORITHM));
    }

    public boolean isSet() {
        return key != null;
    }

    /**
     * A name of this secret that does not tell it, for the nodes of a cluster to know each other's gossip by; empty
     * without a secret. It is no proof: whoever hears it can repeat it.
     */
    public String tag(String cluster) {
        if (!isSet()) {
            return "";
        }
        byte[] whole = mac("henge gossip", cluster.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(Arrays.copyOf(whole, TAG_BYTES));
    }

    /** The proof of knowing the secret over these parts, in this role; empty without a secret. */
    byte[] proof(String role, byte[]... parts) {
        return isSet() ? mac("henge wire " + role, parts) : new byte[0];
    }

    /** Whether a proof is this one; takes as long for a wrong one as for a right one. */
    boolean accepts(byte[] proof, String role, byte[]... parts) {
        return MessageDigest.isEqual(proof(role, parts), proof);
    }

    /** Each part has its length before it, or two lists of parts could be one text. */
    private byte[] mac(String purpose, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            part(mac, purpose.getBytes(StandardCharsets.UTF_8));
            for (byte[] part : parts) {
                part(mac, part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has " + ALGORITHM, e);
        }
    }

    private static void part(Mac mac, byte[] bytes) {
        byte[] length = new byte[FrameFormat.LENGTH_BYTES];
        FrameFormat.putI32(length, 0, bytes.length);
        mac.update(length);
        mac.update(bytes);
    }

    @Override
    public String toString() {
        return isSet() ? "a secret" : "no secret";
    }
}
