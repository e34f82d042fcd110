package everything

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// socket is a WebSocket server of few words: it sends each text back in capitals, and closes with 4000 when told "bye".
func socket(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-Refuse") != "" {
		http.Error(w, "not you", http.StatusForbidden)
		return
	}
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer connection.Close()
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	_ = buffered.Flush()
	for {
		kind, text, err := readMessage(buffered.Reader)
		if err != nil || kind == 8 {
			fmt.Println("the socket was closed:", text)
			return
		}
		if text == "bye" {
			_, _ = connection.Write([]byte{0x88, 2, 4000 >> 8, 4000 & 0xff})
			return
		}
		_, _ = connection.Write(append([]byte{0x80 | kind, byte(len(text))}, strings.ToUpper(text)...))
	}
}

func readMessage(from *bufio.Reader) (kind byte, text string, err error) {
	head := make([]byte, 6)
	if _, err := io.ReadFull(from, head); err != nil {
		return 0, "", err
	}
	body := make([]byte, head[1]&0x7f)
	if _, err := io.ReadFull(from, body); err != nil {
		return 0, "", err
	}
	for at := range body {
		body[at] ^= head[2+at%4]
	}
	return head[0] & 0x0f, string(body), nil
}
