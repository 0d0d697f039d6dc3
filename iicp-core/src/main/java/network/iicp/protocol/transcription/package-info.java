/** Payload and answer of the intent {@code urn:iicp:intent:audio:transcribe:v1}: recorded speech in, its text out. */
@NullMarked
package network.iicp.protocol.transcription;

import org.jspecify.annotations.NullMarked;
