package network.iicp.backend;

import java.util.List;
import network.iicp.protocol.Intent;

/**
 * What is known of an engine by its kind alone.
 *
 * @param type the word that directories know it by
 * @param checksNames whether it refuses names of models it does not have; others answer with what they have, whatever the name
 * @param servesOneUnderAnyName whether it answers with its one model, whatever the name
 * @param intents what it serves unless its operator says otherwise, in the order it is told
 */
record EngineKind(String type, boolean checksNames, boolean servesOneUnderAnyName, List<Intent> intents) {}
