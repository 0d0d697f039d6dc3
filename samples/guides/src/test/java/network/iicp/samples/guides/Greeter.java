package network.iicp.samples.guides;

import org.springframework.ai.chat.model.ChatModel;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.CommandLineRunner;
import org.springframework.stereotype.Component;

@Component
class Greeter implements CommandLineRunner {
    @Autowired
    ChatModel chatModel;

    @Override
    public void run(String... args) {
        System.out.println(chatModel.call("Hello from IICP!"));
    }
}
