package network.iicp.langchain4j;

/** LangChain4j's conformance kit for streaming chat models with handlers, thread assertions included. */
class IicpStreamingChatModelTckIT extends StreamingTck {}
