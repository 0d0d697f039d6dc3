package network.iicp;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Everything this library logs, at every level, until it is closed. */
public final class LogLines implements AutoCloseable {

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger root = ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("network.iicp");
    private final Level before = root.getLevel();
    private final AppenderBase<ILoggingEvent> recorder = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            String trace =
                    event.getThrowableProxy() == null ? "" : ThrowableProxyUtil.asString(event.getThrowableProxy());
            lines.add(event.getFormattedMessage() + trace);
        }
    };

    private LogLines() {}

    /** Begins to record. */
    public static LogLines record() {
        LogLines lines = new LogLines();
        lines.root.setLevel(Level.TRACE);
        lines.recorder.start();
        lines.root.addAppender(lines.recorder);
        return lines;
    }

    /** Messages with the traces of their exceptions. */
    public List<String> lines() {
        return lines;
    }

    @Override
    public void close() {
        root.detachAppender(recorder);
        root.setLevel(before);
    }
}
