/**
 * JSON for everything above: one strict, bounded reader and one writer over plain Java values.
 *
 * <p>A JSON value is a {@code Map<String, Object>} in document order, a {@code List<Object>}, a {@code String}, a
 * {@code Boolean}, {@code null}, or a number. {@link network.iicp.json.Json} reads numbers as
 * {@link network.iicp.json.JsonNumber}, which keeps the digits as they came, so that a value which is only passed on
 * leaves as it arrived, and signed text stays verifiable. {@link network.iicp.json.JsonLimits} bounds what a document
 * may cost before the memory is spent; {@link network.iicp.json.JsonObject} reads members by type and names the path of
 * whatever does not fit; {@link network.iicp.json.JsonException} is the only exception.
 *
 * <p>This is the only package that knows which JSON library does the tokenising, and no type of it shows.
 */
@NullMarked
package network.iicp.json;

import org.jspecify.annotations.NullMarked;
