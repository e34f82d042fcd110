// Owns one request to the job's user interface: its body on the way in and its answer on the way out, both as they come.

//go:build go1.21

package shim

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// httpMeta is HttpMeta in wrapper/protocol/messages.ts.
type httpMeta struct {
	Method    string   `json:"method"`
	Path      string   `json:"path"`
	Query     string   `json:"query"`
	Mount     string   `json:"mount"`
	Headers   []string `json:"headers"`
	Client    []any    `json:"client"`
	Websocket bool     `json:"websocket"`
}

// How long a handler may go on after its caller has left.
const farewell = 30 * time.Second

// page is one exchange: a request with its answer, or a WebSocket.
type page struct {
	worker  *worker
	id      uint32
	meta    httpMeta
	line    net.Conn // our side of the connection to the handler
	out     *outgoing
	failure atomic.Value // the error of the handler
	lock    sync.Mutex
	arrived *sync.Cond
	inbox   []frame
	owed    int
	gone    bool
	closing []byte // what the wrapper said when the caller left
}

func (w *worker) startPage(f frame) {
	p := &page{worker: w, id: f.id}
	p.arrived = sync.NewCond(&p.lock)
	if err := json.Unmarshal(f.meta, &p.meta); err != nil || w.job.webview == nil {
		w.connection.send(frame{kind: frameEnd, id: f.id})
		return
	}
	p.out = newOutgoing(w.connection, f.id, nil)
	ours, theirs, err := connectedPair()
	if err != nil {
		p.fail(err)
		return
	}
	p.line = ours
	w.listen(f.id, p)
	w.job.webview.connections <- &pageConnection{theirs, p}
	if !p.meta.Websocket && (len(f.body) > 0 || f.flags&flagMore == 0) {
		p.input(f)
	}
	go p.serve()
}

// connectedPair is a pair of sockets: what one side writes waits for the other to read it, as on a real connection.
func connectedPair() (ours, theirs net.Conn, err error) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	connections := [2]net.Conn{}
	for at, descriptor := range pair {
		syscall.CloseOnExec(descriptor)
		file := os.NewFile(uintptr(descriptor), "page")
		connections[at], err = net.FileConn(file) // takes a copy
		file.Close()
		if err != nil {
			return nil, nil, err
		}
	}
	return connections[0], connections[1], nil
}

func (p *page) serve() {
	defer p.worker.forget(p.id)
	defer p.line.Close()
	if p.meta.Websocket {
		p.serveWebsocket()
		return
	}
	go p.sendRequest()
	p.answer()
}

// target is the address as the handler sees it: below the mount.
func (p *page) target() string {
	target := strings.TrimPrefix(p.meta.Path, p.meta.Mount)
	if !strings.HasPrefix(target, "/") {
		target = "/" + target
	}
	if p.meta.Query != "" {
		target += "?" + p.meta.Query
	}
	return target
}

func (p *page) caller() string {
	if len(p.meta.Client) == 2 {
		return net.JoinHostPort(fmt.Sprint(p.meta.Client[0]), fmt.Sprint(p.meta.Client[1]))
	}
	return ""
}

// Headers that belong to the connection on which they came.
var ofTheConnection = map[string]bool{
	"connection": true, "keep-alive": true, "proxy-connection": true, "te": true, "trailer": true, "transfer-encoding": true,
	"upgrade": true, "expect": true,
}

// writeHead writes the first line and the headers that the handler is to see.
func (p *page) writeHead(to io.Writer, more ...string) error {
	var head strings.Builder
	fmt.Fprintf(&head, "%s %s HTTP/1.1\r\n", p.meta.Method, p.target())
	for at := 0; at+1 < len(p.meta.Headers); at += 2 {
		name := strings.ToLower(p.meta.Headers[at])
		isHandshake := p.meta.Websocket && strings.HasPrefix(name, "sec-websocket-") && name != "sec-websocket-protocol"
		if !ofTheConnection[name] && !isHandshake {
			fmt.Fprintf(&head, "%s: %s\r\n", p.meta.Headers[at], bytesOf(p.meta.Headers[at+1]))
		}
	}
	head.WriteString(strings.Join(more, "\r\n") + "\r\n\r\n")
	_, err := io.WriteString(to, head.String())
	return err
}

// sendRequest writes the request. A handler that answers without reading all of it ends the connection: that is no error here.
func (p *page) sendRequest() {
	hasLength := false
	for at := 0; at+1 < len(p.meta.Headers); at += 2 {
		hasLength = hasLength || strings.EqualFold(p.meta.Headers[at], "Content-Length")
	}
	first, more := p.next()
	headers := []string{"Connection: close"}
	isChunked := !hasLength && (more || len(first.body) > 0)
	if isChunked {
		headers = append(headers, "Transfer-Encoding: chunked")
	}
	err := p.writeHead(p.line, headers...)
	for piece := first; err == nil; piece, more = p.next() {
		if isChunked && len(piece.body) > 0 {
			_, err = fmt.Fprintf(p.line, "%x\r\n%s\r\n", len(piece.body), piece.body)
		} else if !isChunked {
			_, err = p.line.Write(piece.body)
		}
		if !more {
			break
		}
	}
	if err == nil && isChunked {
		_, _ = io.WriteString(p.line, "0\r\n\r\n")
	}
}

// answer passes on what the handler answers.
func (p *page) answer() {
	response, err := p.readResponse(bufio.NewReader(p.line))
	if err != nil {
		p.fail(err)
		return
	}
	meta := toJSON(replyMeta{Status: response.StatusCode, Headers: flatten(response.Header)})
	if length := response.ContentLength; length >= 0 && length <= pieceBytes || response.Body == http.NoBody {
		body, err := io.ReadAll(response.Body)
		if err != nil {
			p.fail(err)
		} else if !p.isGone() {
			p.worker.connection.send(frame{kind: frameResult, id: p.id, meta: meta, body: body})
		}
		return
	}
	p.out.meta = meta
	p.out.begin()
	piece := make([]byte, pieceBytes)
	for {
		count, err := response.Body.Read(piece)
		if count > 0 && !p.out.put(piece[:count]) {
			return
		}
		if err != nil {
			p.end(err)
			return
		}
	}
}

func (p *page) end(err error) {
	if !errors.Is(err, io.EOF) {
		p.out.failure = toJSON(failureOf(p.reason(err)))
	}
	if !p.isGone() {
		p.out.close()
	}
}

func (p *page) readResponse(from *bufio.Reader) (*http.Response, error) {
	for {
		response, err := http.ReadResponse(from, &http.Request{Method: p.meta.Method})
		if err != nil || response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return response, err
		}
	}
}

// fail answers with the error of the handler, if anybody still wants to know.
func (p *page) fail(err error) {
	if p.isGone() {
		return
	}
	meta, body := errorReply(p.reason(err))
	p.worker.connection.send(frame{kind: frameError, id: p.id, meta: meta, body: body})
}

var errNoAnswer = errors.New("the user interface ended the connection without an answer")

func (p *page) reason(err error) error {
	if failure, is := p.failure.Load().(error); is {
		return failure
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errNoAnswer
	}
	return err
}

// next waits for the next piece of what the caller sends; more says whether others follow.
func (p *page) next() (f frame, more bool) {
	p.lock.Lock()
	defer p.lock.Unlock()
	for len(p.inbox) == 0 && !p.gone {
		p.arrived.Wait()
	}
	if len(p.inbox) == 0 {
		return frame{}, false
	}
	f = p.inbox[0]
	p.inbox = p.inbox[1:]
	if p.owed += len(f.body); p.owed >= windowStep {
		p.worker.connection.send(frame{kind: frameWindow, id: p.id, body: binary.LittleEndian.AppendUint32(nil, uint32(p.owed))})
		p.owed = 0
	}
	return f, p.meta.Websocket || f.flags&flagMore != 0
}

func (p *page) isGone() bool {
	p.lock.Lock()
	defer p.lock.Unlock()
	return p.gone
}

func (p *page) input(f frame) {
	p.lock.Lock()
	p.inbox = append(p.inbox, f)
	p.arrived.Broadcast()
	p.lock.Unlock()
}

func (p *page) window(bytes int) {
	p.out.give(bytes)
}

// cancel comes when the caller is gone: there is nobody to answer any more. The handler is told, and given time to end.
func (p *page) cancel(meta []byte) {
	p.lock.Lock()
	p.gone, p.closing = true, meta
	p.arrived.Broadcast()
	p.lock.Unlock()
	p.out.leave()
	p.worker.connection.send(frame{kind: frameEnd, id: p.id})
	if !p.meta.Websocket {
		p.line.Close()
	}
}
