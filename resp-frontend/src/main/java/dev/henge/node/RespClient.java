package dev.henge.node;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A small blocking RESP2 client for the operator's commands: one request, one reply, replies as text. */
public final class RespClient implements Closeable {
    private static final int BULK_BYTES_MAX = 64 << 20;
    private static final int ARRAY_ITEMS_MAX = 1 << 20;
    private static final int LINE_BYTES_MAX = 64 << 10;

    private final Socket socket = new Socket();
    private final InputStream in;
    private final OutputStream out;

    /** An error reply of the server. */
    public static final class ErrorReply extends IOException {
        private static final long serialVersionUID = 1L;

        ErrorReply(String message) {
            super(message);
        }
    }

    /** Connects, waiting for the connection and for every reply at most {@code timeoutMillis}. */
    public RespClient(String host, int port, int timeoutMillis) throws IOException {
        try {
            socket.connect(new InetSocketAddress(host, port), timeoutMillis);
            socket.setSoTimeout(timeoutMillis);
            socket.setTcpNoDelay(true);
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** The reply as String, Long, List or null; an error reply is thrown. */
    public Object call(String... words) throws IOException {
        out.write(encode(words));
        out.flush();
        return read();
    }

    /** A request as RESP bytes. */
    public static byte[] encode(String... words) {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        for (String word : words) {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            request.writeBytes(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
            request.writeBytes(bytes);
            request.write('\r');
            request.write('\n');
        }
        return request.toByteArray();
    }

    /** Sends bytes that hold whole requests; their replies are taken with {@link #read()}. */
    public void send(byte[] requests) throws IOException {
        out.write(requests);
        out.flush();
    }

    /** The {@code name:value} lines of INFO or CLUSTER INFO. */
    public Map<String, String> fields(String... words) throws IOException {
        Map<String, String> fields = new LinkedHashMap<>();
        for (String line : String.valueOf(call(words)).split("\r?\n")) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.charAt(0) != '#') {
                fields.put(line.substring(0, colon), line.substring(colon + 1).trim());
            }
        }
        return fields;
    }

    /** The next reply. */
    public Object read() throws IOException {
        int type = in.read();
        String line = line();
        switch (type) {
            case '+':
                return line;
            case '-':
                throw new ErrorReply(line);
            case ':':
                return Long.parseLong(line);
            case '$', '=':
                return bulk(length(line, BULK_BYTES_MAX));
            case '*':
                return array(length(line, ARRAY_ITEMS_MAX));
            case -1:
                throw new EOFException("the server closed the connection");
            default:
                throw new IOException("not a RESP2 reply: " + (char) type + line);
        }
    }

    private static int length(String text, int max) throws IOException {
        try {
            int length = Integer.parseInt(text);
            if (length >= -1 && length <= max) {
                return length;
            }
        } catch (NumberFormatException e) {
            throw new IOException("not a length: " + text, e);
        }
        throw new IOException("a length of " + text + " is more than " + max);
    }

    private String bulk(int length) throws IOException {
        if (length < 0) {
            return null;
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length || in.read() != '\r' || in.read() != '\n') {
            throw new EOFException("the reply was cut short");
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private List<Object> array(int length) throws IOException {
        List<Object> items = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            items.add(read());
        }
        return length < 0 ? null : items;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.size() > LINE_BYTES_MAX) {
                throw new EOFException("the server closed the connection");
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
