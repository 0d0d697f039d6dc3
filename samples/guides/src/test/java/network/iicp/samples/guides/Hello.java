package network.iicp.samples.guides;

import network.iicp.IicpClient;
import network.iicp.protocol.chat.ChatRequest;
import network.iicp.protocol.chat.ChatResult;

public class Hello {
    public static void main(String[] args) {
        try (IicpClient client = IicpClient.builder().directoryUrl(args[0]).build()) {
            ChatResult reply = client.chat(ChatRequest.of("Hello from IICP!"));
            System.out.println(reply.text());
            System.out.println(reply.provenance());
        }
    }
}
